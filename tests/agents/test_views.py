"""The pages of posts: what each of three people sees, what the form takes, what a run's page shows of a post."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from agents.brief.brief import Brief
from agents.forms import PostForm
from agents.live import context
from agents.models import Citation, Post
from agents.rendering import article_html, section_html
from agents.sources.evidence import file_url
from genisys import UserError
from genisys.host import fold
from ingestion.models import Site
from runs.models import Run

pytestmark = pytest.mark.django_db

MARKDOWN = """# How jobs are kept

Jobs are kept.[1]

## Storage

*Taken word for word from the sources.*

> Jobs <script>alert(1)</script> are stored in `list[2]`.[2]

## Sources

1. [The queue](<https://quillon.example/queue>)
2. [Retries](<https://quillon.example/retry>)

[1]: <https://quillon.example/queue>
[2]: <https://quillon.example/retry>
"""


@pytest.fixture
def people(django_user_model: Any) -> dict[str, Any]:
    make = django_user_model.objects.create_user
    return {
        name: make(username=name, email=f"{name}@example.com", password="x", is_staff=name == "staff")
        for name in ("owner", "outsider", "staff")
    }


@pytest.fixture
def run(people: dict[str, Any]) -> Run:
    return Run.objects.create(
        workflow="write-post", title="Jobs", owner=people["owner"], deployment="test", input={}, status="completed"
    )


@pytest.fixture
def post(people: dict[str, Any], run: Run) -> Post:
    made = Post.objects.create(
        owner=people["owner"],
        run_id=run.pk,
        topic="jobs",
        title="How jobs are kept",
        markdown=MARKDOWN,
        models_used=["gpt-mini"],
        extracts=1,
        parts=[
            {"n": 0, "heading": "", "written_by": "gpt-mini"},
            {"n": 1, "heading": "Storage", "written_by": "extract", "sentences_dropped": 0, "edited": False},
        ],
    )
    for number, name in enumerate(("queue", "retry"), start=1):
        Citation.objects.create(post=made, number=number, url=f"https://quillon.example/{name}", title=f"<b>{name}</b>")
    return made


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What was handed to the runs, in place of handing it to Redis; the same key gives the same run."""
    orders: list[dict[str, Any]] = []

    def start(**order: Any) -> Run:
        orders.append(order)
        run, _ = Run.objects.get_or_create(
            idempotency_key=order["idempotency_key"],
            owner=order["user"],
            defaults={"workflow": order["workflow"], "title": order["title"], "input": {}, "deployment": "test"},
        )
        return run

    monkeypatch.setattr("agents.views.start_run_sync", start)
    return orders


@pytest.mark.parametrize(("who", "status"), [("owner", 200), ("staff", 200), ("outsider", 404)])
@pytest.mark.parametrize("page", ["agents:detail", "agents:download"])
def test_a_post_is_for_its_owner_and_staff(
    client: Any, people: dict[str, Any], post: Post, page: str, who: str, status: int
) -> None:
    client.force_login(people[who])
    assert client.get(reverse(page, args=[post.pk])).status_code == status


@pytest.mark.parametrize("page", ["agents:list", "agents:new"])
def test_who_is_not_signed_in_is_asked_to(client: Any, page: str) -> None:
    answer = client.get(reverse(page))
    assert answer.status_code == 302
    assert reverse("account_login") in answer["Location"]


def test_the_list_holds_my_posts_only(client: Any, people: dict[str, Any], post: Post) -> None:
    client.force_login(people["owner"])
    assert post.title in client.get(reverse("agents:list")).text
    client.force_login(people["outsider"])
    assert post.title not in client.get(reverse("agents:list")).text


def test_the_list_costs_the_same_however_many_posts_there_are(
    client: Any, people: dict[str, Any], run: Run, django_assert_num_queries: Any
) -> None:
    client.force_login(people["owner"])
    for number in range(12):
        Post.objects.create(owner=people["owner"], topic=f"Post {number}", run_id=run.pk, markdown="x")
    with django_assert_num_queries(5):  # session, person, count, posts, runs
        client.get(reverse("agents:list"))


def test_a_post_shows_its_text_its_sources_and_who_wrote_what(client: Any, people: dict[str, Any], post: Post) -> None:
    client.force_login(people["owner"])
    page = client.get(post.get_absolute_url()).text
    assert '<a href="#evidence-2" aria-label="Source 2: its words, and how they bear this">2</a>' in page
    assert 'id="source-2"' in page
    assert "Taken word for word from the sources" in page
    assert "Written by gpt-mini" in page
    assert "<script>alert(1)" not in page
    assert "<b>queue</b>" not in page
    assert page.count("<h1") == 1
    assert reverse("runs:detail", args=[post.run_id]) in page


def test_a_file_that_was_given_is_named_and_leads_nowhere(client: Any, people: dict[str, Any], post: Post) -> None:
    Citation.objects.create(post=post, number=3, url=file_url("the plan.pdf"), title="The plan", passage_ids=[-1001])
    post.markdown = post.markdown.replace("Jobs are kept.[1]", "Jobs are kept.[3]")
    kept = {"passage_id": -1001, "page_url": file_url("the plan.pdf"), "page_title": "The plan", "n": 3}
    post.evidence = [{**kept, "text": "Jobs are kept."}]
    post.save()
    client.force_login(people["owner"])
    page = client.get(post.get_absolute_url()).text
    assert "file the plan.pdf" in page
    assert "a file that was given" in page
    assert 'href="urn' not in page
    assert 'href=""' not in page


def test_a_post_can_be_taken_away_as_markdown(client: Any, people: dict[str, Any], post: Post) -> None:
    client.force_login(people["owner"])
    answer = client.get(reverse("agents:download", args=[post.pk]))
    assert answer.content.decode() == MARKDOWN
    assert answer["Content-Type"] == "text/markdown; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="how-jobs-are-kept.md"'


def test_a_post_not_written_yet_leads_to_its_run_and_has_no_file(client: Any, people: dict[str, Any], run: Run) -> None:
    coming = Post.objects.create(owner=people["owner"], topic="Soon", run_id=run.pk)
    client.force_login(people["owner"])
    assert client.get(coming.get_absolute_url())["Location"] == run.get_absolute_url()
    assert client.get(reverse("agents:download", args=[coming.pk])).status_code == 404


def test_the_form_starts_a_run_and_goes_to_its_page(
    client: Any, people: dict[str, Any], started: list[dict[str, Any]]
) -> None:
    site = Site.objects.create(owner=people["owner"], url="https://quillon.example/")
    client.force_login(people["owner"])
    answer = client.post(reverse("agents:new"), {"topic": " Jobs ", "site": site.pk, "sections": "3", "once": "a"})
    assert answer.status_code == 303
    [order] = started
    post = Post.objects.get()
    assert answer["Location"] == Run.objects.get().get_absolute_url()
    assert order["workflow"] == "write-post"
    assert order["title"] == "Jobs"
    assert order["input"].model_dump() == {
        "topic": "Jobs",
        "site_id": str(site.pk),
        "sections": 3,
        "post_id": str(post.pk),
        "outlines": [],
        "brief": Brief().model_dump(),
    }
    assert (post.owner, post.site, post.run_id) == (people["owner"], site, Run.objects.get().pk)


def test_sending_the_form_twice_asks_for_one_post(
    client: Any, people: dict[str, Any], started: list[dict[str, Any]]
) -> None:
    client.force_login(people["owner"])
    for _ in range(2):
        client.post(reverse("agents:new"), {"topic": "Jobs", "once": "the same"})
    assert Post.objects.count() == Run.objects.count() == 1


def test_the_same_mark_of_another_person_is_another_post(
    client: Any, people: dict[str, Any], started: list[dict[str, Any]]
) -> None:
    for who in ("owner", "outsider"):
        client.force_login(people[who])
        client.post(reverse("agents:new"), {"topic": "Jobs", "once": "the same"})
    assert Post.objects.count() == 2


@pytest.mark.parametrize(
    "wrong",
    [{"topic": ""}, {"topic": "ab"}, {"topic": "x" * 301}, {"topic": "Jobs", "sections": "99"}, {"topic": "Jobs\x00"}],
)
def test_a_wrong_form_says_so_and_starts_nothing(
    client: Any, people: dict[str, Any], started: list[dict[str, Any]], wrong: dict[str, str]
) -> None:
    client.force_login(people["owner"])
    answer = client.post(reverse("agents:new"), wrong)
    assert answer.status_code == 422
    assert 'class="wrong"' in answer.text
    assert not started
    assert not Post.objects.exists()


def test_another_persons_site_cannot_be_chosen(
    client: Any, people: dict[str, Any], started: list[dict[str, Any]]
) -> None:
    site = Site.objects.create(owner=people["outsider"], url="https://secret.example/", title="Secret")
    client.force_login(people["owner"])
    assert "Secret" not in client.get(reverse("agents:new")).text
    assert client.post(reverse("agents:new"), {"topic": "Jobs", "site": site.pk}).status_code == 422
    assert not started


def test_a_site_of_others_cannot_be_chosen_by_staff_either(
    client: Any, people: dict[str, Any], started: list[dict[str, Any]]
) -> None:
    site = Site.objects.create(owner=people["owner"], url="https://secret.example/", title="Secret")
    client.force_login(people["staff"])
    assert "Secret" not in client.get(reverse("agents:new"), {"site": site.pk}).text
    assert client.post(reverse("agents:new"), {"topic": "Jobs", "site": site.pk}).status_code == 422
    assert not started


def test_a_post_tells_nothing_of_a_run_that_one_may_not_see(
    client: Any, people: dict[str, Any], post: Post, run: Run
) -> None:
    Run.objects.filter(pk=run.pk).update(owner=people["outsider"])
    client.force_login(people["owner"])
    assert client.get(reverse("agents:list")).context["rows"] == [{"post": post, "run": None}]
    assert run.pk not in client.get(reverse("agents:detail", args=[post.pk])).text
    Post.objects.filter(pk=post.pk).update(markdown="")
    assert client.get(reverse("agents:detail", args=[post.pk])).status_code == 404


def test_what_the_runs_refuse_is_said_on_the_form(
    client: Any, people: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**order: Any) -> Run:
        raise UserError("Not today.")

    monkeypatch.setattr("agents.views.start_run_sync", refuse)
    client.force_login(people["owner"])
    assert "Not today." in client.post(reverse("agents:new"), {"topic": "Jobs"}).text


def test_a_form_without_a_person_offers_no_sites(people: dict[str, Any]) -> None:
    Site.objects.create(owner=people["owner"], url="https://quillon.example/")
    assert not PostForm().fields["site"].queryset.exists()
    assert PostForm(user=people["owner"]).fields["site"].queryset.exists()


# What a run's page shows


def state_of(*events: dict[str, Any]) -> dict[str, Any]:
    numbered = [{"seq": seq, "at": 1, "attempt": 1, **event} for seq, event in enumerate(events, start=1)]
    return fold(numbered)


def told(n: int, state: str, **more: Any) -> dict[str, Any]:
    data = {"n": n, "heading": f"Heading {n}", "state": state, "words": 0, "model": "", "dropped": 0, **more}
    return {"type": "event", "name": "section", "key": str(n), "data": data}


def source(n: int, name: str) -> dict[str, Any]:
    data = {"n": n, "url": f"https://quillon.example/{name}", "title": name, "passage_id": 1}
    return {"type": "event", "name": "source", "key": data["url"], "data": data}


def draw(run: Run, state: dict[str, Any], *, live: bool) -> str:
    from types import SimpleNamespace

    from django.template.loader import render_to_string

    return render_to_string("agents/_body.html", {**context(run, state), "view": SimpleNamespace(live=live)})


def test_headings_to_come_the_open_text_and_what_is_written_stand_in_order(run: Run) -> None:
    state = state_of(
        {"type": "run.queued", "workflow": "write-post", "title": "Jobs"},
        told(1, "to come"),
        told(2, "to come"),
        told(3, "to come"),
        source(0, "install"),
        source(1, "queue"),
        {"type": "text.reset", "block": "section-1", "title": "Heading 1"},
        {"type": "text.final", "block": "section-1", "txt": "Jobs are kept.[1]", "title": "Heading 1"},
        told(1, "extract", model="extract"),
        {"type": "text.reset", "block": "section-2", "title": "Heading 2"},
        {"type": "text.delta", "block": "section-2", "off": 0, "txt": "Half a <b>sentence"},
        told(2, "writing"),
    )
    page = draw(run, state, live=True)
    assert page.index("Heading 1") < page.index("Jobs are kept.") < page.index("Heading 2") < page.index("Heading 3")
    assert 'data-block="section-2"' in page
    assert "Half a &lt;b&gt;sentence</p>" in page[page.index("data-tail") :]
    assert '<div class="extract">' in page
    assert '<sup><a href="#source-1"' in page
    assert page.index("queue") < page.index("install"), "cited sources come first"
    assert 'aria-busy="true"' in page
    assert "(to come)" in page


def test_what_a_stopped_run_had_written_of_a_section_is_rendered_as_what_is_finished(run: Run) -> None:
    state = state_of(
        {"type": "run.queued", "workflow": "write-post", "title": "Jobs"},
        told(1, "writing"),
        {"type": "text.reset", "block": "section-1", "title": "Heading 1"},
        {"type": "text.delta", "block": "section-1", "off": 0, "txt": "Jobs are *kept*.[1] Half a"},
        {"type": "run.cancelled"},
    )
    page = draw(run, state, live=False)
    assert "data-tail" not in page
    assert "Jobs are <em>kept</em>.<sup>" in page


def test_the_finished_article_takes_the_place_of_its_sections(run: Run) -> None:
    state = state_of(
        {"type": "run.queued", "workflow": "write-post", "title": "Jobs"},
        told(1, "done", model="gpt-mini"),
        source(0, "install"),
        source(1, "queue"),
        source(2, "retry"),
        {"type": "text.reset", "block": "article", "title": "How jobs are kept"},
        {"type": "text.final", "block": "article", "txt": MARKDOWN, "title": "How jobs are kept"},
    )
    run.output = {"post_id": "7f9b6cf2-3a8e-4b77-9d11-0e1f1f5d7a01"}
    page = draw(run, state, live=False)
    assert "Storage</h2>" in page
    assert "Heading 1" not in page
    assert "Sources (2)" in page
    assert "install" not in page
    assert "/posts/7f9b6cf2-3a8e-4b77-9d11-0e1f1f5d7a01/post.md" in page


def test_a_run_that_found_nothing_says_so(run: Run) -> None:
    state = state_of({"type": "run.queued", "workflow": "write-post", "title": "Jobs"})
    assert "the sources come first" in draw(run, state, live=True)
    assert "Nothing was written" in draw(run, state, live=False)


def test_markers_become_small_links_and_nothing_else_does() -> None:
    html = section_html("A.[1] See `x[2]` and \\[3\\].\n\n```\ny[4]\n```")
    assert html.count("<sup>") == 1
    assert "x[2]" in html
    assert "[3]" in html
    assert "y[4]" in html


def test_a_post_cannot_bring_script_or_pictures(run: Run) -> None:
    html = article_html("# T\n\n<img src=x onerror=alert(1)> [a](javascript:alert(1)) ![p](https://e.example/p.png)")
    assert "<img" not in html
    assert "javascript:" not in html or "href" not in html
