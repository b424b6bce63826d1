"""What `make conformance` makes of a suite's report: only what is named may fail or be left out."""

from __future__ import annotations

from typing import Any

from tests.suites.__main__ import SOCKETS_KNOWN, Outcome, page, read_streams, read_websockets


def streams(*cases: tuple[str, str]) -> Outcome:
    results = [
        {"ancestorTitles": [group], "fullName": f"{group} case", "status": status, "failureMessages": ["Error: no"]}
        for group, status in cases
    ]
    outcome = Outcome("Streams")
    read_streams({"testResults": [{"assertionResults": results}]}, outcome)
    return outcome


def sockets(**verdicts: str) -> Outcome:
    report: dict[str, dict[str, Any]] = {
        case: {"behavior": "FAILED", "behaviorClose": "OK"} for case in SOCKETS_KNOWN
    } | {case.replace("_", "."): {"behavior": verdict, "behaviorClose": "OK"} for case, verdict in verdicts.items()}
    outcome = Outcome("Sockets")
    read_websockets(report, outcome)
    return outcome


def test_groups_that_are_named_are_left_out_and_others_may_not_be() -> None:
    outcome = streams(("SSE Mode", "passed"), ("Fork - Reading", "skipped"), ("JSON Mode", "skipped"))
    assert (outcome.total("passed"), outcome.total("left_out"), outcome.total("failed")) == (1, 1, 1)
    assert outcome.unexpected == ["JSON Mode case: Error: no"]


def test_a_failure_is_unexpected_unless_it_is_known() -> None:
    outcome = sockets(**{"2_1": "OK", "3_2": "NON-STRICT", "7_1": "FAILED"})
    assert outcome.unexpected == ["case 7.1: FAILED, OK"]
    assert set(outcome.known) == set(SOCKETS_KNOWN)
    assert (outcome.total("passed"), outcome.total("lenient")) == (1, 1)


def test_a_known_failure_that_passes_is_to_be_struck_off() -> None:
    case = next(iter(SOCKETS_KNOWN))
    outcome = sockets(**{case.replace(".", "_"): "OK"})
    assert outcome.unexpected == [f"case {case} is known to fail, and did not"]


def test_the_page_shows_what_was_counted() -> None:
    text = page(streams(("SSE Mode", "passed"), ("Fork - Reading", "skipped")), sockets(**{"2_1": "OK"}))
    assert "| SSE Mode | 1 | 0 | 0 |" in text
    assert "| **all** | **1** | **0** | **1** |" in text
    assert "| 2 Pings and pongs | 1 | 0 | 0 |" in text
