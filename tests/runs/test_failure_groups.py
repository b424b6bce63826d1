"""Failures of one cause have one name, whatever differs in their words from run to run."""

from __future__ import annotations

from typing import Any

import pytest

from runs.record.failure_groups import LONGEST, cause_of_failure


def _error(message: str, kind: str = "FetchError", **fields: Any) -> dict[str, Any]:
    return {"kind": kind, "message": message, **fields}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://a.example/1?x=2 gave 503", "http://b.example/ gave 503"),
        ("No page “About us” after 12 tries", "No page “Prices” after 3 tries"),
        ("'missing'", "'absent'"),
        ("Step 019a3c1e-77aa-7bbb-8ccc-0123456789ab is gone", "Step 019a3c1e-0000-7bbb-8ccc-ba9876543210 is gone"),
        ("Took 1.5 s of 1,000", "Took 22:10 s of 9"),
        ("Same first line\nand one detail", "Same first line\nand another"),
    ],
)
def test_what_differs_from_run_to_run_makes_no_other_cause(one: str, other: str) -> None:
    assert cause_of_failure(_error(one)) == cause_of_failure(_error(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (_error("refused"), _error("timed out")),
        (_error("refused"), _error("refused", kind="ProviderError")),
        (_error("refused", detail={"status": 401}), _error("refused", detail={"status": 429})),
        (_error("refused", step_name="write"), _error("refused", step_name="read")),
    ],
)
def test_kind_status_step_and_words_tell_causes_apart(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert cause_of_failure(one) != cause_of_failure(other)


def test_a_cause_reads_as_a_person_would_say_it() -> None:
    error = _error(
        "Rate limit of 60 reached for org-8f3a2b1c", "ProviderError", step_name="write", detail={"status": 429}
    )
    assert cause_of_failure(error) == "ProviderError 429 in write: Rate limit of # reached for …"
    assert cause_of_failure(_error("can't do that, and won't", "ValueError")) == "ValueError: can't do that, and won't"


def test_a_run_without_an_error_has_no_cause() -> None:
    assert cause_of_failure(None) == cause_of_failure({}) == ""


@pytest.mark.parametrize("odd", [{"kind": None, "message": None}, {"detail": "text"}, {"kind": "X", "message": 7}])
def test_errors_of_any_shape_have_a_cause(odd: dict[str, Any]) -> None:
    assert cause_of_failure(odd)


def test_a_cause_fits_its_column_and_is_stored_by_any_database() -> None:
    cause = cause_of_failure(_error("\x00\ud800" + "word " * 200_000))
    assert len(cause) <= LONGEST
    assert "\x00" not in cause
    assert cause.encode()
