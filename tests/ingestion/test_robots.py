"""What a site's rules let us choose, and what the longest rules can cost."""

from __future__ import annotations

import pytest

from ingestion.web import robots
from ingestion.web.robots import Chooser, Robots, allows

AGENT = "GenisysBot/0.1"
HOME = "https://example.com/"


def _rules(*lines: str) -> Robots:
    return Robots(start_url=HOME, text="\n".join(["User-agent: *", *lines]))


def test_what_may_be_chosen_is_what_the_rules_allow() -> None:
    rules = _rules("Disallow: /private/", "Allow: /private/open", "Disallow: /*.php$")
    chooser = Chooser(rules, AGENT)
    for path in ("", "private/a", "private/open", "a.php", "a.php?b", "private/"):
        assert chooser.may_choose(HOME + path) is allows(rules, HOME + path, AGENT)
    assert not chooser.is_spent
    assert chooser.said() == ""


def test_long_rules_are_asked_for_the_best_addresses_alone_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(robots, "MOST_COMPARED", 30)
    chooser = Chooser(_rules(*(f"Disallow: /x{at}" for at in range(9))), AGENT)
    assert [chooser.may_choose(f"{HOME}{at}") for at in range(5)] == [True, True, True, False, False]
    assert chooser.may_choose(f"{HOME}1"), "what was answered once is answered so again"
    assert chooser.said() == (
        "The site's robots.txt has 10 lines, so only 3 of its addresses were held against it, the best first; "
        "no others were chosen."
    )


def test_the_longest_rules_are_compared_with_a_bounded_number_of_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def counted(rules: Robots, url: str, user_agent: str) -> bool:
        asked.append(url)
        return False

    monkeypatch.setattr(robots, "allows", counted)
    rules = _rules(*(f"Disallow: /*x{at}*y$" for at in range(20_000)))
    assert len(rules.text) < robots.MOST_BYTES
    chooser = Chooser(rules, AGENT)
    assert not any(chooser.may_choose(f"{HOME}{at}") for at in range(50_000))
    assert 100 < len(asked) <= robots.MOST_COMPARED / 20_000
