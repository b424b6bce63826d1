"""Which passages a claim cites."""

from __future__ import annotations

from agents.claims import Quotes
from agents.sources.evidence import Evidence

COURSE = Evidence(
    passage_id=1,
    page_url="https://a.example/courses",
    page_title="Courses",
    text="Whoever cancels at least 14 days before the course gets the deposit back.",
)
STARTER = Evidence(
    passage_id=2,
    page_url="https://a.example/starter",
    page_title="Starter",
    text="The grey liquid can be poured off. The smell of nail varnish disappears after two feedings.",
)


def test_two_weeks_are_borne_by_14_days_and_not_by_two_of_something_else() -> None:
    quotes = Quotes([COURSE, STARTER])
    claim = "You get it back if you call off two weeks or more before the course."
    assert quotes.bearing(claim, quotes.best(claim, least=0.0)) == [1]
