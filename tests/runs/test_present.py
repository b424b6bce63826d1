"""A run told in the words of its page, from its fold alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from genisys.host import fold, new_state
from runs.models import Run
from runs.presentation import words
from runs.presentation.present import RunView, present
from runs.presentation.rows import run_row
from runs.presentation.words import cost, duration, stopwatch, tokens, took
from runs.templatetags.times import timed

T0 = datetime(2026, 11, 22, 12, 1, 0, tzinfo=UTC)
T0_MS = int(T0.timestamp() * 1000)


class Log:
    """Writes events with their seq and the time in seconds after T0."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.say(0, "run.queued", workflow="write-post", title="Changelogs")

    def say(self, after_s: float, type_: str, *, attempt: int = 1, **fields: Any) -> Log:
        self.events.append(
            {"seq": len(self.events) + 1, "at": T0_MS + int(after_s * 1000), "type": type_, "attempt": attempt} | fields
        )
        return self

    def started(self, after_s: float = 0, attempt: int = 1) -> Log:
        return self.say(after_s, "run.started", worker=f"w{attempt}", attempt=attempt)

    def step(self, after_s: float, key: str, name: str, title: str = "", parent: str | None = None) -> Log:
        return self.say(after_s, "step.started", step=key, name=name, title=title, parent=parent)

    def done(self, after_s: float, key: str, **fields: Any) -> Log:
        return self.say(after_s, "step.completed", step=key, ms=1, **fields)

    def view(self, *, after_s: float = 100, **options: Any) -> RunView:
        run = Run(workflow="write-post", title="Changelogs", deployment="dev", input={}, created_at=T0)
        return present(run, fold(self.events), now=T0 + timedelta(seconds=after_s), **options)


def failure(message: str = "It broke.", *, permanent: bool = False) -> dict[str, Any]:
    return {"kind": "X", "message": message, "permanent": permanent, "retry_after": None, "detail": {}}


def test_a_run_that_waits_gives_the_reason_it_was_told():
    view = Log().view(why="Waiting for a worker of deployment dev: none is alive.")
    assert view.status_word == "waiting to start"
    assert view.now_line == "Waiting for a worker of deployment dev: none is alive."
    assert (view.live, view.can_cancel, view.can_retry) == (True, True, False)
    assert view.duration_text == ""


def test_a_running_run_says_what_it_does_now():
    log = Log().started().say(1, "status", text="Reading the home page")
    view = log.view(after_s=102)
    assert (view.status_word, view.status_mark) == ("under way", "▸")
    assert view.now_line == "Reading the home page"
    assert view.duration_text == "1 min 42 s"
    assert view.started.iso == "2026-11-22T12:01:00Z"
    assert [(line.at.text, line.text) for line in view.lines] == [("12:01:01", "Reading the home page")]


def test_what_a_run_is_at_stands_beside_the_reason_that_it_stands_still():
    view = Log().started().say(1, "status", text="Reading page 3").view(why="All workers are busy.")
    assert view.now_line == "Reading page 3. All workers are busy."


def test_a_waiting_run_says_until_when():
    until = T0_MS + 127_000
    view = Log().started().say(3, "run.waiting", reason="provider", until=until).view()
    assert view.now_line == "Waiting for the model’s provider, until 12:03:07."


def test_a_run_that_waits_for_a_person_says_the_question_where_it_does_not_stand_below():
    waiting = Log().started().say(3, "run.waiting", reason="input", until=0, prompt="Publish this?")
    assert waiting.view().now_line == "Waiting for an answer to “Publish this?”."
    assert waiting.view(asked=True).now_line == "Waiting for your answer."


def test_equal_steps_are_one_line_with_the_run_s_own_count():
    log = Log().started()
    for number in range(5):
        log.step(number, f"r{number}", "read_page", f"Read page {number}")
    for number in range(3):
        log.done(10 + number, f"r{number}")
    log.say(13, "step.failed", step="r3", error=failure())
    log.say(14, "progress", done=4, total=120, unit="pages")
    (line,) = log.view().steps
    assert (line.title, line.mark, line.word, line.count) == ("Read page", "▸", "under way", 5)
    assert line.note == "3 done, 1 failed, 1 under way"
    assert line.progress.text == "4 of 120 pages"
    assert line.current
    assert log.view().page_title == "(4/120) Read page · Changelogs"


def test_a_stage_of_which_a_step_failed_is_not_ticked_off():
    log = Log().started().step(1, "a", "draft").step(2, "b", "draft").done(3, "a")
    log.say(4, "step.failed", step="b", error=failure())
    (line,) = log.view().steps
    assert (line.mark, line.word, line.note) == ("!", "in part", "1 done, 1 failed")


def test_a_step_that_waits_to_be_tried_again_says_what_went_wrong_and_when_it_goes_on():
    log = Log().started().say(1, "status", text="Writing section 3 of 3").step(2, "s", "draft")
    log.step(3, "s/c", "openai.chat", parent="s")
    log.say(4, "step.retrying", step="s/c", delay_ms=120_000, error=failure("The model server is busy."), **{"try": 2})
    waiting = log.view(after_s=10)
    assert waiting.now_line == "Writing section 3 of 3. The model server is busy. Try 2 begins at 12:03:04."
    assert [(line.word, line.note) for line in waiting.steps] == [
        ("trying again", "The model server is busy. Try 2 begins at 12:03:04.")
    ]
    assert waiting.due.iso == "2026-11-22T12:03:04Z"
    begun = log.view(after_s=125)
    assert begun.now_line.endswith("Try 2 began at 12:03:04.")
    assert begun.due is None
    assert begun.steps[0].rev != waiting.steps[0].rev
    log.done(130, "s/c")
    assert log.view(after_s=131).now_line == "Writing section 3 of 3"


def test_one_of_many_that_waits_does_not_speak_for_those_that_go_on():
    log = Log().started().say(1, "status", text="Reading 3 pages")
    for key in "abc":
        log.step(2, key, "read_page", f"Read page {key}")
    log.say(3, "step.retrying", step="b", delay_ms=5_000, error=failure("It is busy"), **{"try": 2})
    view = log.view(after_s=4)
    assert view.now_line == "Reading 3 pages"
    assert view.steps[0].note == "2 under way, 1 to be tried again: It is busy. Try 2 begins at 12:01:08."


def test_steps_that_wait_for_their_next_try_are_counted_once_whatever_their_status():
    log = Log().started()
    for number in range(3):
        log.step(number, f"r{number}", "read_page", f"Read page {number}")
        log.say(5, "step.retrying", step=f"r{number}", delay_ms=60_000, error=failure("It is busy."), **{"try": 2})
    log.done(6, "r0")
    note = log.view(after_s=8).steps[0].note
    assert note.startswith("1 done, 2 to be tried again")
    log.say(9, "run.waiting", reason="retry", until=T0_MS + 65_000)
    note = log.view(after_s=10).steps[0].note
    assert note.startswith("1 done, 2 to be tried again")
    assert "-" not in note


def test_a_step_whose_next_try_is_at_work_no_longer_waits():
    log = Log().started().step(1, "a", "draft", "Draft")
    log.say(2, "step.retrying", step="a", delay_ms=1_000, error=failure(), **{"try": 2})
    log.step(4, "a/b", "openai.chat", parent="a")
    view = log.view(after_s=5)
    assert (view.now_line, view.steps[0].word, view.steps[0].note) == ("Draft", "trying again", "")


def test_a_bar_is_only_drawn_where_the_whole_is_known():
    log = Log().started().say(1, "progress", done=4, total=0, unit="pages")
    assert log.view().progress is None


def test_steps_below_others_are_counted_not_listed():
    log = Log().started().step(1, "a", "outline").step(2, "a/b", "openai.chat", parent="a")
    (line,) = log.view().steps
    assert (line.name, line.children) == ("outline", 1)


def test_stages_to_come_are_named_and_those_passed_over_are_skipped():
    stages = (("research", "Research"), ("outline", "Outline"), ("draft", "Write"), ("edit", "Edit"))
    log = Log().started().step(0, "r", "research").done(31, "r").step(40, "d", "draft")
    lines = log.view(stages=stages).steps
    assert [(line.title, line.mark, line.word) for line in lines] == [
        ("Research", "✓", "done"),
        ("Outline", "–", "skipped"),
        ("Write", "▸", "under way"),
        ("Edit", "·", "to come"),
    ]
    assert lines[0].time_text == "0:31"
    assert [line.current for line in lines] == [False, False, True, False]


def test_stages_stand_in_their_order_whatever_began_first_and_book_keeping_is_not_shown():
    stages = (("read", "Read the pages"), ("note", ""), ("understand", "Understand the pages"))
    log = Log().started().step(0, "u", "understand").step(1, "x", "other", "Other").step(2, "r", "read")
    log.step(3, "n", "note", "Note why")
    assert [line.title for line in log.view(stages=stages).steps] == ["Read the pages", "Other", "Understand the pages"]


def test_stages_that_a_failed_run_did_not_reach_say_so():
    log = Log().started().say(5, "run.failed", error=failure())
    assert [line.word for line in log.view(stages=(("edit", "Edit"),)).steps] == ["not reached"]


def test_a_line_s_revision_changes_with_what_it_shows_and_only_then():
    log = Log().started().step(1, "a", "outline")
    before, later = log.view(after_s=10).steps[0], log.view(after_s=20).steps[0]
    assert before.time_text != later.time_text
    assert before.rev == later.rev
    log.say(21, "status", text="Choosing headings", step="a")
    assert log.view().steps[0].rev != before.rev


def test_a_worker_that_was_lost_is_told_in_one_notice_with_the_one_that_took_over():
    log = Log().started().step(1, "a", "draft")
    log.say(71, "run.recovering", reason="worker_died", worker="w1")
    interrupted = log.view()
    assert interrupted.status_word == "taking over"
    assert [(line.mark, line.word) for line in interrupted.steps] == [("◐", "taking over")]
    assert interrupted.now_line == "The worker on this run stopped. Another one is taking over."

    log.started(71.8, attempt=2)
    (notice,) = log.view().notices
    assert (notice.mark, notice.text) == (
        "◐",
        "The worker on this run stopped at 12:02:11. Another took over after 0.8 s. Nothing finished was repeated.",
    )


def test_a_run_that_left_its_worker_to_wait_for_a_try_says_the_same_as_before():
    log = Log().started().say(1, "status", text="Reading page 3").step(2, "a", "draft")
    log.say(3, "step.retrying", step="a", delay_ms=600_000, error=failure("The server is busy"), **{"try": 2})
    before = log.view()
    log.say(4, "run.waiting", reason="retry", step="a", until=0)
    after = log.view()
    assert after.now_line == before.now_line
    assert after.now_line.startswith("Reading page 3. The server is busy. Try 2 begins at")
    assert [(line.word, line.note) for line in after.steps] == [(line.word, line.note) for line in before.steps]
    log.say(60, "run.recovering", reason="worker_died", worker="w1")
    assert [line.word for line in log.view().steps] == ["taking over"]


def test_a_run_whose_provider_is_away_says_what_the_provider_did_and_when_it_is_asked_again():
    log = Log().started().step(2, "a", "draft")
    log.say(3, "step.retrying", step="a", delay_ms=0, error=failure("The model server answered 503"), **{"try": 2})
    log.say(4, "run.waiting", reason="provider", step="a", until=0)
    assert log.view().now_line == "The model server answered 503. Waiting for the model’s provider."


def test_a_run_that_waits_for_an_answer_has_steps_that_wait():
    log = Log().started().step(2, "a", "draft").say(4, "run.waiting", reason="input", step="a", prompt="go on")
    assert [(line.mark, line.word) for line in log.view().steps] == [("·", "waiting")]
    assert log.view().now_line == "Waiting for an answer to “go on”."


def test_a_worker_that_was_replaced_within_a_blink_was_replaced_at_once():
    log = Log().started().say(71, "run.recovering", reason="worker_died", worker="w1").started(71.03, attempt=2)
    assert "Another took over at once." in log.view().notices[0].text


def test_the_history_tells_that_the_run_failed_was_retried_and_moved():
    log = Log().started().say(1, "status", text="Reading").say(2, "run.failed", error=failure("The server is down"))
    log.say(60, "run.resumed", reason="retry").started(61, attempt=2)
    log.say(62, "run.recovering", reason="worker_died", worker="w2").started(64, attempt=3)
    view = log.view()
    assert [(line.at.text, line.text) for line in view.lines] == [
        ("12:01:01", "Reading"),
        ("12:01:02", "Stopped by an error: The server is down."),
        ("12:02:00", "Retried. What was finished before was kept."),
        (
            "12:02:02",
            "The worker on this run stopped. Another took over after 2.0 s. Nothing finished was repeated.",
        ),
    ]
    assert [notice.text[:16] for notice in view.notices] == ["Retried at 12:02", "The worker on th"]


def test_a_silent_worker_is_not_said_to_have_stopped_at_a_time_nobody_knows():
    log = Log().started().say(71, "run.recovering", reason="lease_expired", worker="w1")
    (notice,) = log.view().notices
    assert "went silent, which was noticed at 12:02:11" in notice.text


def test_a_failed_run_tells_what_happened_what_is_kept_and_what_to_do():
    log = Log().started().step(1, "a", "draft").done(2, "a")
    log.say(3, "text.final", block="article", txt="Words", title="Article")
    log.say(4, "run.failed", error=failure("The provider refuses."))
    view = log.view()
    assert view.error.what == "The provider refuses."
    assert view.error.kept == "1 finished step and 1 finished text are kept."
    assert view.error.next == "Retry continues from here: finished work is not repeated."
    assert (view.can_cancel, view.can_retry, view.finished) == (False, True, True)


def test_a_run_that_failed_before_anything_was_finished_promises_nothing_of_finished_work():
    log = Log().started().say(4, "run.failed", error=failure())
    error = log.view().error
    assert (error.kept, error.next) == (
        "Nothing had been finished by then.",
        "Retry runs it again from the beginning.",
    )


@pytest.mark.parametrize("can_start", [True, False])
def test_a_run_that_failed_too_long_ago_offers_no_retry(can_start):
    log = Log().started().step(1, "a", "draft").done(2, "a").say(4, "run.failed", error=failure())
    view = log.view(held=False, can_start=can_start)
    assert view.error.kept == "1 finished step is kept."
    assert view.error.next == "It ended too long ago to be retried." + (" Start again instead." if can_start else "")
    assert (view.can_retry, view.error.can_start_anew) == (False, can_start)


@pytest.mark.parametrize(
    ("held", "kept"), [(True, "What had been finished by then is kept."), (False, "Its history is no longer kept.")]
)
def test_of_a_failed_run_whose_row_alone_is_there_nothing_is_said_that_is_not_known(held, kept):
    run = Run(workflow="write-post", status="failed", deployment="dev", input={}, created_at=T0, log_id="1")
    view = present(run, {**new_state(), "run_status": "failed", "error": failure()}, held=held, now=T0)
    assert view.error.kept == kept


def test_of_equal_steps_of_a_failed_run_the_failed_one_tells_more_than_those_that_were_stopped():
    log = Log().started().step(1, "a", "ask").step(1, "b", "ask").say(2, "step.failed", step="a", error=failure())
    (line,) = log.say(3, "run.failed", error=failure()).view().steps
    assert (line.word, line.note) == ("failed", "1 failed, 1 stopped")


def test_no_time_is_told_of_a_step_that_was_stopped_as_nobody_knows_its_end():
    log = Log().started().step(1, "a", "ask").done(2, "a").step(2, "b", "ask").say(9, "run.cancelled")
    (line,) = log.view().steps
    assert (line.word, line.note, line.time_text) == ("stopped", "1 done, 1 stopped", "")


@pytest.mark.parametrize(
    ("kind", "message", "told"),
    [
        ("KeyError", "'missing'", "The program ran into an unexpected error (KeyError: 'missing')."),
        ("IndexError", "list index out of range", "The program ran into an unexpected error"),
        ("AssertionError", "AssertionError", "The program ran into an unexpected error (AssertionError)."),
        ("ZeroDivisionError", "division by zero", "(ZeroDivisionError: division by zero)."),
        ("ValueError", "The sum does not add up.", "The sum does not add up."),
        ("UserError", "no such page", "no such page"),
    ],
)
def test_a_fault_of_a_program_is_told_to_people_as_one_with_what_is_kept_and_what_to_do(kind, message, told):
    error = failure(message) | {"kind": kind}
    log = Log().started().step(1, "a", "draft").done(2, "a").step(3, "b", "write")
    view = log.say(4, "step.failed", step="b", error=error).say(5, "run.failed", error=error).view()
    assert told in view.error.what
    assert view.error.what[0] != "'"
    assert (view.error.kept, view.error.next[:5]) == ("1 finished step is kept.", "Retry")
    assert view.steps[1].note == view.error.what


def test_an_error_that_will_come_again_does_not_advise_to_retry():
    view = Log().started().say(4, "run.failed", error=failure("No such host.", permanent=True)).view()
    assert view.error.kept == "Nothing had been finished by then."
    assert view.error.next.startswith("Trying again will most likely end the same way")
    assert not view.error.retry_helps
    assert view.now_line == "Stopped by an error."


@pytest.mark.parametrize(("status", "cure"), [(401, "OPENAI_API_KEY"), (404, "GENISYS_MODEL"), (429, "credit")])
def test_what_a_provider_refuses_for_good_can_be_set_right_and_then_retried(status, cure):
    error = failure("The model server refuses.", permanent=True) | {"kind": "ProviderError"}
    view = Log().started().say(4, "run.failed", error=error | {"detail": {"status": status}}).view()
    assert cure in view.error.next
    assert "other input" not in view.error.next
    assert view.error.next.endswith("Then Retry runs it again from the beginning.")
    assert view.error.retry_helps


ENDINGS = [
    failure(),
    failure(permanent=True),
    failure(permanent=True) | {"kind": "ProviderError", "detail": {"status": 402}},
]


@pytest.mark.parametrize("error", ENDINGS)
@pytest.mark.parametrize("can_control", [True, False])
@pytest.mark.parametrize("can_start", [True, False])
def test_what_to_do_is_said_of_the_buttons_that_stand_there_and_of_no_other(error, can_control, can_start):
    log = Log().started().say(4, "run.failed", error=error)
    view = log.view(can_control=can_control, can_start=can_start)
    assert ("Start again" in view.error.next) == view.error.can_start_anew
    assert ("Retry" in view.error.next) == (view.can_retry and not view.error.can_start_anew)
    assert view.error.can_start_anew == (can_control and can_start and not view.error.retry_helps)
    assert view.error.next.endswith(".")


def test_who_may_not_control_a_run_is_offered_nothing():
    view = Log().started().view(can_control=False)
    assert (view.can_cancel, view.can_retry) == (False, False)
    failed = Log().started().say(4, "run.failed", error=failure()).view(can_control=False)
    assert failed.error.next == "Its owner can retry it."


def test_a_cancel_cannot_be_asked_for_twice():
    log = Log().started().say(2, "run.cancelling", by="An administrator")
    view = log.view()
    assert (view.status_word, view.can_cancel) == ("stopping", False)
    assert view.notices[0].text == "An administrator asked this run to stop at 12:01:02."


def test_a_final_text_is_rendered_and_an_open_one_is_not():
    log = Log().started()
    log.say(1, "text.delta", block="one", off=0, txt="# <b>One</b>")
    (block,) = log.view().blocks
    open_rev = block.rev
    assert (block.final, block.html, block.text) == (False, "", "# <b>One</b>")
    log.say(2, "text.delta", block="one", off=12, txt=" more")
    assert log.view().blocks[0].rev == open_rev
    log.say(3, "text.final", block="one", txt="# <b>One</b>", title="")
    (block,) = log.view().blocks
    assert block.html.strip() == "<h2>&lt;b&gt;One&lt;/b&gt;</h2>"
    assert block.rev != open_rev


def test_amounts_that_nobody_knows_are_not_zero():
    log = Log().started().step(1, "a", "draft")
    assert (log.view().tokens_text, log.view().cost_text) == ("", "")
    log.done(2, "a", model="tiny", input_tokens=12_000, output_tokens=300, unpriced=True)
    view = log.view()
    assert (view.tokens_text, view.cost_text, view.models_text) == ("12.3k tokens", "cost not known", "tiny")


def test_the_list_shows_a_row_without_its_log():
    run = Run(workflow="write-post", title="Changelogs", status="failed", deployment="dev", input={})
    run.started_at, run.ended_at = T0, T0 + timedelta(seconds=75)
    row = run_row(run)
    assert (row.status_mark, row.status_word, row.duration_text, row.live) == ("!", "failed", "1 min 15 s", False)
    assert row.url == f"/runs/{run.pk}/"


@pytest.mark.parametrize(
    ("seconds", "words", "clock"),
    [(0.84, "0.8 s", "0:00"), (42, "42 s", "0:42"), (102, "1 min 42 s", "1:42"), (7509, "2 h 5 min", "2:05:09")],
)
def test_lengths_of_time_read_well(seconds, words, clock):
    assert (duration(seconds), stopwatch(seconds)) == (words, clock)
    assert took(seconds) == (clock if seconds >= 1 else "<1 s")


def test_tokens_and_costs_read_well():
    assert [tokens(count) for count in (0, 812, 12_345, 2_500_000)] == [
        "",
        "812 tokens",
        "12.3k tokens",
        "2.5M tokens",
    ]
    assert [cost(microusd) for microusd in (0, 500, 40_000, 1_234_560_000)] == [
        "",
        "less than $0.01",
        "$0.04",
        "$1,234.56",
    ]
    assert [cost(None, known) for known in (0, 500, 40_000)] == ["cost not known", "cost not known", "at least $0.04"]


@pytest.mark.parametrize(
    ("error", "headline"),
    [
        ({"kind": "ProviderError", "detail": {"status": 401}}, "The model’s provider did not accept the API key"),
        ({"kind": "ProviderError", "detail": {"status": 503}}, "The model’s provider failed"),
        ({"kind": "ProviderError"}, "The model’s provider failed"),
        ({"kind": "StepTimeout"}, "A step took too long"),
        ({"kind": "ValueError"}, "“Outline the post” failed"),
    ],
)
def test_an_error_has_a_headline_in_words(error, headline):
    error = failure() | error
    log = Log().started().step(1, "a", "outline", "Outline the post").say(2, "step.failed", step="a", error=error)
    assert log.say(3, "run.failed", error=error).view().error.headline == headline
    assert Log().started().say(1, "run.failed", error=failure()).view().error.headline == "This run failed"


def test_a_run_that_was_asked_to_stop_says_you_to_its_owner_and_names_nobody_to_others():
    log = Log().started().say(1, "run.cancelling", by="")
    assert log.view(mine=True).notices[0].text.startswith("You asked this run to stop at ")
    assert log.view().notices[0].text.startswith("This run was asked to stop at ")
    by_staff = Log().started().say(1, "run.cancelling", by="An administrator").view(mine=True)
    assert by_staff.notices[0].text.startswith("An administrator asked this run to stop at ")


def test_the_times_in_sentences_are_marked_up_once_and_all_else_is_escaped():
    moment = words.Moment("2026-11-22T12:03:07Z", "12:03:07")
    assert timed("<b> at 12:03:07, not 12:03:07.", [moment, None]) == (
        '&lt;b&gt; at <time datetime="2026-11-22T12:03:07Z">12:03:07</time>, not 12:03:07.'
    )
    assert timed("Done.", None) == "Done."
    log = Log().started().say(1, "run.waiting", reason="sleep", until=(T0 + timedelta(hours=1)).timestamp() * 1000)
    view = log.view()
    assert [moment.text for moment in view.moments] == ["13:01:00"]
    assert view.moments[0].text in view.now_line


@pytest.mark.parametrize(("done", "left"), [(3, ""), (10, "about 15 minutes left"), (100, "")])
def test_how_long_counted_work_takes_is_told_from_its_pace_alone(done, left):
    log = Log().started()
    for number in range(done):
        log = log.step(number * 10, f"s{number}", "read").done(number * 10 + 10, f"s{number}")
    log = log.say(done * 10 + 1, "progress", done=done, total=100, unit="pages")
    assert log.view(after_s=done * 10 + 2).progress.left == left
