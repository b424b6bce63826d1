"""Sources that contradict each other: the newer one is used, and neither where nothing says which that is."""

from agents.claims import contradictions, without_contradicted
from agents.sources.evidence import WEB, Evidence


def _page(number: int, title: str, text: str) -> Evidence:
    return Evidence(passage_id=number, page_url=f"https://a.example/{number}", page_title=title, text=text)


OLD = _page(1, "Rules 2019", "The gate is closed two hours before high water. The quay is 40 metres long.")
NEW = _page(2, "Rules 2026", "The gate is closed four hours before high water. Boats may stay for 5 nights.")


def test_the_newer_statement_wins_and_the_rest_of_the_older_page_stays():
    [found] = contradictions([OLD, NEW])
    assert (found.kept, found.year, found.older_year) == (
        "The gate is closed four hours before high water.",
        2026,
        2019,
    )
    old, new = without_contradicted([OLD, NEW], [found])
    assert old.text == "The quay is 40 metres long."
    assert new == NEW


def test_without_a_date_neither_is_used():
    one, two = OLD.model_copy(update={"page_title": "A"}), NEW.model_copy(update={"page_title": "B"})
    [found] = contradictions([one, two])
    assert found.kept == ""
    assert len(found.dropped) == 2
    assert all("closed" not in item.text for item in without_contradicted([one, two], [found]))


def test_a_denial_and_a_ban_contradict_and_a_paraphrase_does_not():
    says = _page(3, "A 2020", "Dogs are allowed on the beach in summer.")
    denies = _page(4, "B 2024", "Dogs are not allowed on the beach in summer.")
    again = _page(5, "C 2022", "In summer, dogs are allowed on the whole beach.")
    assert len(contradictions([says, denies])) == 1
    assert contradictions([says, again]) == []


def test_a_short_measure_and_an_order_of_things_contradict_too():
    for old, new in (
        ("Backups are kept for 30 days.", "Backups are kept for 90 days."),
        ("The valve is opened before the pump is started.", "The valve is opened after the pump is started."),
    ):
        assert len(contradictions([_page(1, "Rules 2019", old), _page(2, "Rules 2026", new)])) == 1
        assert contradictions([_page(1, "Rules 2019", old), _page(2, "Rules 2026", old)]) == []


def test_one_page_does_not_contradict_itself():
    text = "The gate is closed two hours before high water. The gate is closed four hours before high water in winter."
    assert contradictions([_page(1, "Rules", text)]) == []


def test_pages_of_one_kind_are_about_things_of_their_own():
    pages = [
        _page(n, f"{name} pump", f"The pump is cleaned every {n} weeks with a soft brush. It runs at {n + 2} speeds.")
        for n, name in enumerate(("Alpha", "Beta", "Gamma"), 2)
    ]
    assert contradictions(pages) == []
    numbered = [
        _page(n, f"The pump, series {n}", f"The pump holds a pressure of {n} bar at rest.") for n in (3, 11, 12)
    ]
    assert contradictions(numbered) == []


def test_sentences_about_other_things_do_not_contradict():
    one = _page(1, "Prices", "The small plan costs 10 euros a month and holds 5 sites.")
    other = _page(2, "Limits", "The large plan costs 20 euros a month and holds 50 sites.")
    assert contradictions([one, other]) == []
    one = _page(1, "Beach", "Dogs are not allowed on the beach in summer.")
    other = _page(2, "Animals", "Horses are allowed on the beach in summer.")
    assert contradictions([one, other]) == []


def test_one_differing_amount_on_unlike_pages_is_a_contradiction():
    one = _page(1, "Prices 2023", "The small plan costs 10 euros a month and holds 5 sites.")
    other = _page(2, "Questions 2025", "The small plan costs 12 euros a month and holds 5 sites.")
    [found] = contradictions([one, other])
    assert found.kept == "The small plan costs 12 euros a month and holds 5 sites."


def test_lines_in_no_known_language_are_compared_too():
    one = _page(6, "A", "Pracownik czeka na klucz magazynu wieczorem.")
    two = _page(7, "B", "Pracownik czeka na klucz magazynu rankiem.")
    assert contradictions([one, two]) == []


def test_labels_commands_and_entries_of_an_index_contradict_nothing():
    one = _page(30, "The gate 2020", "Compatibility: | Available in gates of series 2.3 and later")
    two = _page(31, "The gate 2024", "Compatibility: | Available in gates of series 2.4 and later")
    assert contradictions([one, two]) == []


def test_a_sentence_that_only_says_more_contradicts_nothing():
    one = _page(
        40, "The log", "The default method by which Boiler implements commit and rollback is a rollback journal."
    )
    two = _page(41, "Files", "As with the rollback journal, the WAL file implements commit and rollback.")
    assert contradictions([one, two]) == []
    one = _page(42, "Use", "By default, a checkpoint runs when the log file reaches a threshold of 1000 pages.")
    two = _page(43, "Size", "Since the default checkpoint threshold is 1000 pages, log files rarely reach 4079 pages.")
    assert contradictions([one, two]) == []


def test_other_words_around_an_order_do_not_contradict_it():
    one = _page(
        44, "Tables", "When keys are checked, dropping a table performs an implicit delete of its rows before it."
    )
    two = _page(
        45, "Keys", "When keys are checked, dropping a table performs an implicit delete command before removal."
    )
    assert contradictions([one, two]) == []


FEE = "A berth costs 45 euros a night."
OLD_FEE = "A berth costs 30 euros a night."


def test_a_page_without_a_date_is_not_older_than_one_with_a_date():
    [found] = contradictions([_page(50, "Prices", FEE), _page(51, "News 2019", OLD_FEE)])
    assert (found.kept, set(found.dropped)) == ("", {FEE, OLD_FEE})


def test_a_statement_is_as_new_as_the_last_page_that_bears_it_out():
    pages = [_page(50, "Prices", FEE), _page(51, "News 2019", OLD_FEE)]
    news = _page(52, "News 2026", "From May on, a berth costs 45 euros for a night in the inner harbour.")
    [found] = contradictions([*pages, news])[:1]
    assert (found.kept, found.year, found.older_year) == (FEE, 2026, 2019)
    [found] = contradictions([*pages, news.model_copy(update={"text": "A berth is 12 metres long from May on."})])
    assert found.kept == "", "it speaks of something else"


def test_the_date_that_a_page_gives_counts_where_its_labels_have_none():
    pages = [_page(53, "Prices", FEE), _page(54, "News", OLD_FEE)]
    dated = [
        page.model_copy(update={"date": date}) for page, date in zip(pages, ("2026-02-01", "2019-05-01"), strict=True)
    ]
    [found] = contradictions(dated)
    assert (found.kept, found.year) == (FEE, 2026)


def test_where_no_date_decides_the_source_of_higher_standing_is_believed():
    own, web = _page(55, "Prices", FEE), _page(56, "Harbours", OLD_FEE).model_copy(update={"standing": WEB})
    [found] = contradictions([web, own])
    assert (found.kept, found.dropped, found.year) == (FEE, (OLD_FEE,), 0)
