"""Facts of many pages become facts of the site: one with two sources, or a newer beside an older."""

from __future__ import annotations

from ingestion.steps.profile import as_many_as_fit
from ingestion.understanding.merging import Known, Stated, by_kind, merged
from ingestion.understanding.own_words import facts_in_own_words
from ingestion.understanding.understood import Fact, FactKind


def stated(
    statement: str, page: int, *, kind: FactKind = "price", about: str = "Team plan", changed: str = ""
) -> Stated:
    fact = Fact(statement=statement, quote=statement, kind=kind, about=about)
    return Stated(fact=fact, page_id=page, url=f"https://vela.example/{page}", changed=changed)


def test_what_two_pages_state_is_one_fact_with_two_sources() -> None:
    (known,) = merged([stated("The Team plan costs 12 euros.", 1), stated("12 euros: the Team plan costs.", 2)])
    assert [source.page_id for source in known.sources] == [1, 2]


def test_a_negation_makes_another_fact() -> None:
    assert len(merged([stated("Support is included in it.", 1), stated("Support is not included in it.", 2)])) == 2


def test_the_newer_page_is_in_force_and_the_older_stays_beside_it() -> None:
    old = stated("The Team plan costs 12 euros.", 1, changed="2019-03-01")
    new = stated("The Team plan costs 15 euros.", 2, changed="2026-02-11")
    for order in ([old, new], [new, old]):
        (known,) = merged(order)
        assert known.statement == new.fact.statement
        assert [each.statement for each in known.older] == [old.fact.statement]
        assert not known.disputed


def test_without_dates_nothing_is_decided() -> None:
    (known,) = merged([stated("The Team plan costs 12 euros.", 1), stated("The Team plan costs 15 euros.", 2)])
    assert [each.statement for each in known.disputed] == ["The Team plan costs 15 euros."]
    assert not known.older


def test_other_things_and_other_times_are_no_conflict() -> None:
    def apart(*facts: Stated) -> list[Known]:
        known = merged(facts)
        assert len(known) == len(facts)
        return known

    apart(
        stated("The Team plan costs 12 euros.", 1),
        stated("The Solo plan costs 5 euros.", 1, about="Solo plan"),
    )
    apart(
        stated("Vela grew by 12 percent in the year 2019.", 1, kind="event", about="Vela"),
        stated("Vela grew by 12 percent in the year 2020.", 2, kind="event", about="Vela"),
    )
    apart(
        stated("The Team plan costs 12 euros for 5 people.", 1),
        stated("The Team plan costs 20 euros for 10 people.", 1),
    )


def test_prices_in_the_pages_own_words_are_told_apart_from_those_of_other_pages() -> None:
    pages = [(1, "貸切風呂は45分2,200円です。"), (2, "貸切風呂は45分1,650円です。"), (3, "入湯税は150円です。")]
    known = merged(
        Stated(fact=fact, page_id=number, url=f"https://yu.example/{number}")
        for number, text in pages
        for fact in facts_in_own_words(text)
    )
    assert [(one.statement, [other.statement for other in one.disputed]) for one in known] == [
        (pages[0][1], [pages[1][1]]),
        (pages[2][1], []),
    ]


def test_what_thousands_of_pages_say_otherwise_is_shown_in_part() -> None:
    known = merged(stated(f"The team plan costs {price} euros a month.", price) for price in range(1, 3000))
    assert len(known[0].disputed) == 2998
    [shown] = by_kind(known, most=8)["price"]
    assert len(shown.disputed) == 3 and all(len(other.sources) == 1 for other in shown.disputed)


def test_a_profile_shows_fewer_facts_where_they_are_too_long_to_show() -> None:
    long = [stated(f"Plan {n}: {'ä' * 9000}", n, kind="offer", about="") for n in range(8)]
    short = [stated(f"Plan {n} is for {n + 2} people and more.", n, kind="rule", about="") for n in range(8)]
    shown = as_many_as_fit(merged([*long, *short]))
    assert 0 < len(shown["offer"]) < 8
    assert len(as_many_as_fit(merged(short))["rule"]) == 8
    huge = [stated(f"Plan {n}: {'ä' * 100_000}", n, kind="offer", about="") for n in range(2)]
    assert as_many_as_fit(merged(huge)) == {}
