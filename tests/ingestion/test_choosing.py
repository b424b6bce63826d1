"""Which pages are read: no word excludes, what is left out has its reason, and each part of a site gets its share."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.choosing.arrival import is_close, looks_parked
from ingestion.choosing.budgets import by_rules, choose, fitted, read, shared
from ingestion.choosing.frontier import Frontier
from ingestion.choosing.groups import Group, grouped, template_of
from ingestion.choosing.must_have import must_haves
from ingestion.choosing.noted import Noted
from ingestion.choosing.plan import Plan, listed
from ingestion.choosing.saturation import PAGES_WITHOUT_NEWS, News
from ingestion.choosing.scope import Scope, by_address, matches
from ingestion.choosing.weights import Candidate, ranked
from ingestion.requests import GroupOfPages, LeftOutRow

HOME = "https://example.com/"


def frontier(*paths: str, scope: Scope | None = None, languages: tuple[str, ...] = ()) -> Frontier:
    found = Frontier(HOME, scope, languages)
    for path in paths:
        found.add(path, base=HOME)
    return found


def stay(found: Frontier, asked: tuple[str, ...] = ()) -> list[str]:
    return [candidate.url.removeprefix(HOME) for candidate in found.sorted_out(asked, lambda url: True)[0]]


def reasons(found: Frontier, asked: tuple[str, ...] = ()) -> dict[str, str]:
    return {left.url.removeprefix(HOME): left.reason.code for left in found.sorted_out(asked, lambda url: True)[1]}


@pytest.mark.parametrize(
    "path",
    [
        "docs/auth/overview",
        "ref/contrib/admin/",
        "features/calendar",
        "wiki/Node.js",
        "wiki/File:Harbour.png",
        "guides/vue.js",
        "blog/tag/rope",
        "docs/register",
        "docs/logout",
        "docs/share/",
        "docs/export?view=1",
        "blog/?page=2",
        "docs?year=2024",
        "v1.2/guide.html",
        "api/config.json",
        "paper.pdf",
        "calendar",
        "search",
        "tags/",
        "2024/05/how-to",
        "a/b/c/d/e/f/g/h/i/j/k/l",
        "x?a=1&b=2&c=3&d=4",
    ],
)
def test_no_page_is_dropped_for_a_word_or_a_dot(path: str) -> None:
    assert stay(frontier(path)) == [path]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("logo.png", "no_text"),
        ("files/setup.EXE", "no_text"),
        ("login", "door"),
        ("wp-admin/post.php", "door"),
        ("a/b/a/b/a/b/a", "endless"),
        ("d/" * 30, "endless"),
    ],
)
def test_what_is_left_out_by_its_address_has_a_reason(path: str, code: str) -> None:
    assert list(reasons(frontier(path)).values()) == [code]


def test_words_weigh() -> None:
    paths = ["docs/logout", "tag/red", "pricing", "about", "privacy"]
    order = [found.url.removeprefix(HOME) for found in ranked([Candidate(url=HOME + path) for path in paths], HOME)]
    assert set(order[:2]) == {"pricing", "about"}
    assert set(order[2:]) == {"docs/logout", "tag/red", "privacy"}


def test_a_page_found_twice_counts_once_is_asked_for_without_trackers_and_gains_weight() -> None:
    found = Frontier(HOME)
    found.add("/a?utm_source=mail", base=HOME)
    found.add("http://www.example.com/a/", base=HOME + "b", label="The A")
    found.add("https://example.com/a", base=HOME + "c")
    found.add("https://other.org/", base=HOME)
    candidates, left = found.sorted_out([], lambda url: True)
    assert [(each.url, each.linked, each.label) for each in candidates] == [("https://example.com/a", 3, "The A")]
    assert left == []
    assert found.sorted_out(["https://example.com/A/"], lambda url: True) == ([], [])


def test_pages_that_many_lead_to_come_first_and_never_the_alphabet() -> None:
    found = Frontier(HOME)
    names = [
        f"man/git-{name}"
        for name in ["add", "am", "apply", "bisect", "blame", "stash", "status", "tag", "worktree", "zip"]
    ]
    for name in names:
        found.add(f"/{name}", base=HOME)
    for page in range(5):
        found.add("/man/git-stash", base=f"{HOME}tutorial-{page}")
    order = stay(found)
    assert order[0] == "man/git-stash"
    assert order[1:] != sorted(order[1:])
    assert order == stay(frontier(*reversed(names), *["man/git-stash"])) or set(order) == set(names)


def test_facets_of_one_list_are_read_a_few_times_and_the_rest_has_its_reason() -> None:
    facets = [f"list?color={color}&size={size}" for color in ("red", "blue") for size in range(20)]
    found = frontier("list", "about", *facets, *(f"item?id={at}" for at in range(30)))
    assert sum(path.startswith("list?") for path in stay(found)) == 3
    assert sum(path.startswith("item?") for path in stay(found)) == 30
    assert set(reasons(found).values()) == {"alike"}
    asked = tuple(HOME + path for path in stay(found) if path.startswith("list?"))
    assert not any(path.startswith("list?") for path in stay(found, asked)), "those that were read count"


def test_facets_of_unknown_names_are_known_by_how_they_are_put_together() -> None:
    pairs = [("wood", "oak"), ("finish", "oil"), ("style", "old")]
    ways = [f"shop?{a}={b}{at}&{c}={d}" for at in range(6) for a, b in pairs for c, d in pairs if a < c]
    assert len(stay(frontier(*ways))) == 3


def test_an_article_of_a_wiki_is_no_variant_and_its_edits_are() -> None:
    articles = [f"index.php?title=T{at}" for at in range(12)]
    edits = [f"{article}&action=edit" for article in articles]
    kept = stay(frontier(*articles, *edits))
    assert set(articles) <= set(kept)
    assert len(kept) == 15


def test_days_of_a_calendar_are_a_trap_and_posts_are_none() -> None:
    days = [f"events/2026/{month}/{day}" for month in (1, 2) for day in range(1, 20)]
    posts = [f"2026/05/post-{at}" for at in range(40)]
    kept = stay(frontier(*days, *posts))
    assert len([path for path in kept if path.startswith("events")]) == 3
    assert len([path for path in kept if path.startswith("2026")]) == 40


def test_session_ids_make_no_new_pages() -> None:
    assert (
        len(stay(frontier(*(f"a;jsessionid={at}XYZ" for at in range(9)), *(f"a?PHPSESSID=s{at}" for at in range(9)))))
        == 1
    )


def test_one_language_is_read_and_a_folder_of_two_letters_is_none() -> None:
    paths = ["about", "de/about", "fr/about", "de/only", "it/support", "zh-cn/start", "about?lang=ja"]
    assert set(stay(frontier(*paths, languages=("en",)))) == {"about", "it/support"}
    assert set(stay(frontier(*paths, languages=("en", "de")))) == {"about", "it/support", "de/about", "de/only"}
    assert set(stay(frontier(*paths))) == set(paths)
    declared = frontier("uber-uns", "about", languages=("en",))
    declared.declare({HOME + "uber-uns": "de"})
    assert stay(declared) == ["about"]


def test_what_a_person_asked_for_is_kept_to() -> None:
    paths = ["docs/a", "docs/a/b/c", "blog/x", "blog/keep/y"]
    assert stay(frontier(*paths, scope=Scope(HOME, include=("/docs/",), exclude=("*/c",)))) == ["docs/a"]
    assert set(stay(frontier(*paths, scope=Scope(HOME, exclude=("/blog/*",))))) == {"docs/a", "docs/a/b/c"}
    assert set(stay(frontier(*paths, scope=Scope(HOME, depth=2)))) == {"docs/a", "blog/x"}
    found = frontier("docs/a", scope=Scope(HOME, sub_domains=True))
    found.add("https://docs.example.com/start")
    assert "https://docs.example.com/start" in stay(found)


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("/docs/*", "/docs/a", True),
        ("docs/", "/docs/a", True),
        ("*.pdf", "/a/b.pdf", True),
        ("*.pdf", "/a/b.pdf.html", False),
        ("/a$", "/ab", False),
        ("https://example.com/a/*", "/a/b", True),
        ("/DOCS/", "/docs/x", True),
        ("/a.b", "/axb", False),
    ],
)
def test_a_pattern_is_a_path_with_stars(pattern: str, path: str, fits: bool) -> None:
    assert matches(pattern, path) is fits


def test_a_person_s_wish_goes_before_every_reason() -> None:
    found = frontier("login", "pricing")
    found.want("/login")
    found.refuse(HOME + "pricing")
    assert stay(found) == ["login"]
    assert reasons(found) == {"pricing": "excluded"}


def test_robots_txt_stands_before_a_wish() -> None:
    found = frontier()
    found.want("/closed")
    _, left = found.sorted_out([], lambda url: not url.endswith("closed"))
    assert [each.reason.code for each in left] == ["robots"]


def test_must_haves_are_found_by_their_role_in_several_languages() -> None:
    paths = [
        "about",
        "us/about",
        "pricing",
        "kontakt",
        "faq",
        "docs/getting-started",
        "produkte",
        "blog/a",
        "blog/b",
        "x",
        "y/z",
    ]
    found = must_haves([Candidate(url=HOME + path) for path in paths], [HOME + "blog/b", HOME + "gone"], 40)
    assert [url.removeprefix(HOME) for url in found] == [
        "about",
        "pricing",
        "produkte",
        "kontakt",
        "faq",
        "docs/getting-started",
        "blog/b",
    ]
    assert len(must_haves([Candidate(url=HOME + path) for path in paths], [], 6)) == 3


def test_groups_are_few_lose_no_page_and_do_not_depend_on_the_order_of_finding() -> None:
    found = [Candidate(url=f"{HOME}part{number % 40}/page{number}") for number in range(400)]
    groups = grouped(found, HOME)
    assert len(groups) <= 16
    assert sorted(url for group in groups for url in group.urls) == sorted(candidate.url for candidate in found)
    assert groups == grouped(list(reversed(found)), HOME)


def test_numbers_in_folders_are_one_template() -> None:
    assert template_of(f"{HOME}blog/2024/05/post", 3, HOME) == "/blog/#/#/*"
    assert template_of(f"{HOME}v1.2/post", 1, HOME) == "/v1.2/*"
    assert template_of("https://docs.example.com/a/b", 1, HOME) == "//docs.example.com/a/*"


@given(
    st.lists(st.integers(0, 30), min_size=1, max_size=8),
    st.dictionaries(st.integers(-3, 12), st.integers(-5, 80), max_size=12),
    st.integers(0, 60),
)
def test_choosing_keeps_the_limit_and_invents_nothing(sizes: list[int], asked: dict[int, int], limit: int) -> None:
    groups = [
        Group(label=str(place), urls=[f"{place}/{number}" for number in range(size)], score=place - 3)
        for place, size in enumerate(sizes)
    ]
    for budgets in (by_rules(groups, limit), fitted(asked, sizes, limit)):
        if budgets is None:
            continue
        assert sum(budgets) == min(limit, sum(sizes))
        assert all(0 <= budget <= size for budget, size in zip(budgets, sizes, strict=True))
        chosen = choose(groups, budgets, limit)
        everything = {url for group in groups for url in group.urls}
        assert len(chosen) == len(set(chosen)) == min(limit, len(everything))
        assert set(chosen) <= everything


def test_every_part_of_a_site_gets_a_page_and_what_the_model_wants_gets_most() -> None:
    budgets = fitted({2: 30}, [100] * 4, 40)
    assert budgets is not None
    assert budgets[2] >= 30
    assert min(budgets) >= 1
    assert shared([1.0, 1.0], [2, 100], 20) == [2, 18]


@pytest.mark.parametrize(
    ("said", "budgets"),
    [
        ([{"n": 2, "pages": 8, "why": "what it sells"}], [2, 8]),
        ([2, 1], [2, 8]),
        ([{"n": 9, "pages": 8}, {"n": True, "pages": 3}, "x", None], None),
        ("garbage", None),
        ([{"n": 1, "pages": 10**9}], [10, 0]),
    ],
)
def test_a_model_s_word_on_budgets_is_held_against_what_was_found(said: object, budgets: list[int] | None) -> None:
    groups = [GroupOfPages(label="a", count=10, samples=[]), GroupOfPages(label="b", count=10, samples=[])]
    got, why = read(said, groups, 10)
    if budgets is None:
        assert got is None
    else:
        assert got is not None
        assert sum(got) == 10
        assert got.index(max(got)) == budgets.index(max(budgets))
    assert why[1] == ("what it sells" if "sells" in str(said) else "")


def test_what_does_not_fit_stands_by_its_part_and_is_counted() -> None:
    plan = Plan([Candidate(url=f"{HOME}p/{at}") for at in range(250)], HOME, 10)
    chosen = plan.chosen()
    rows = plan.over_budget(chosen, 10)
    assert len(chosen) == 10
    assert sum(row.alike for row in rows) == 240
    assert len(rows) == 100
    assert {row.reason for row in rows} == {"budget"}
    assert listed([HOME], "x", "because")[0].note == "because"


def test_a_domain_for_sale_is_told_from_a_page_about_sales() -> None:
    assert looks_parked("acme.com - This domain is for sale", "", 40, "https://acme.com/")
    assert looks_parked("Welcome", "", 40, "https://acme.com.parkingcrew.net/")
    assert looks_parked("acme", "Buy this domain today", 80, "https://acme.com/")
    assert not looks_parked("How to buy a domain for sale", "", 900, "https://acme.com/")
    assert not looks_parked("Boats for sale", "", 40, "https://acme.com/")
    assert is_close("https://docs.acme.com/", "https://www.acme.com/")
    assert not is_close("https://acme.io/", "https://acme.com/")


def test_by_address_says_nothing_of_an_ordinary_page() -> None:
    assert by_address(HOME + "about") is None


def test_of_what_is_left_out_only_the_change_is_written() -> None:
    noted = Noted()
    one, two = (
        LeftOutRow(url=f"{HOME}a", reason="budget", note="full"),
        LeftOutRow(url=f"{HOME}b", reason="robots", note="no"),
    )
    assert noted.becomes([one, two]) == ([one, two], [])
    assert noted.recounted() == [("budget", 1, "full"), ("robots", 1, "no")]
    more = one.model_copy(update={"alike": 7})
    assert noted.becomes([more]) == ([more], [two.url])
    assert noted.total == 7
    assert noted.recounted() == [("budget", 7, "full"), ("robots", 0, "no")]
    assert noted.becomes([more]) == ([], []) and noted.recounted() == []


def test_news_is_over_after_many_pages_in_a_row_without_any() -> None:
    news = News()
    news.take(["a", "b"])
    for _ in range(PAGES_WITHOUT_NEWS - 1):
        news.take(["a"])
    news.take(["b", "c"])
    for _ in range(PAGES_WITHOUT_NEWS - 1):
        news.take(["c"])
    for _ in range(PAGES_WITHOUT_NEWS):
        news.take([])
    assert not news.is_over, "the new fact began the row anew, and pages without facts do not count"
    news.take(["c", "a"])
    assert news.is_over


def test_what_is_not_read_for_want_of_news_says_so_by_group() -> None:
    found = frontier(*[f"blog/{name}" for name in "abcdefgh"], "about")
    plan = Plan(found.sorted_out((), lambda url: True)[0], HOME, 3)
    rows = plan.without_news(plan.chosen())
    assert sum(row.alike for row in rows) == 6 and {row.reason for row in rows} == {"nothing_new"}
    assert any("are not read, since the pages before them said nothing new" in row.note for row in rows)
