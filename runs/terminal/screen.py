"""A run watched from a terminal: what the page shows, as lines.

Follows the log by polling, so that it needs nothing but Redis. Everything a run says is untrusted: control characters
are taken out, or a scraped title could drive the terminal.
"""

from __future__ import annotations

import asyncio
import json
import re
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from django.conf import settings
from django.utils import timezone

from genisys.host import STORE_ERRORS, LogPage, fold, new_state
from runs.engines import engine
from runs.models import Run
from runs.presentation import words
from runs.presentation.counted.progress import ProgressView, progress_view
from runs.record.costs import costs_in
from runs.record.states import run_events, run_state

EXIT_COMPLETED, EXIT_FAILED, EXIT_LEFT = 0, 1, 130
POLL_SECONDS = 0.2
ASK_WHY_SECONDS = 2.0
BAR_WIDTH = 24
LIST_ITEMS = 20

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_DIM, _PLAIN, _CLEAR_LINE = "\x1b[2m", "\x1b[0m", "\r\x1b[2K"


async def follow_in_terminal(run: Run, *, json_output: bool, stream: TextIO, result_file: Path | None = None) -> int:
    """Show the run until it ends; return the exit code: 0 completed, 1 failed or stopped, 130 left with Ctrl-C.

    With `json_output` nothing but the result is written, or `{"error": …}`. Ctrl-C leaves the run going.
    With `result_file` the result is written there instead, as JSON. Raises OSError where that cannot be.
    Call it under `asyncio.run` in the main thread, so that Ctrl-C can be caught.
    """
    screen = Screen(stream, silent=json_output)
    watch = _Watch(run, Report(screen, run.pk))
    screen.line(f"{run} · {address(run)}")
    with _interrupts() as left:
        if not await watch.until_ended(left):
            screen.line(f"The run goes on in the background. Watch it at {address(run)}")
            return EXIT_LEFT
    await run.arefresh_from_db()
    state = watch.report.state
    _show_end(screen, state)
    if state["run_status"] == "completed":
        _write_result(await _output(run), screen, stream, result_file, as_json=json_output)
        return EXIT_COMPLETED
    if json_output:
        _write_json(stream, {"error": state["error"] or {"message": "The run was stopped."}})
    return EXIT_FAILED


def address(run: Run) -> str:
    """Return where a browser on this machine shows the run."""
    return f"{settings.SITE_ADDRESS}{run.get_absolute_url()}"


class Screen:
    """Lines, one bar that is redrawn in place, and running text; on a file or pipe, lines alone."""

    def __init__(self, stream: TextIO, *, silent: bool = False) -> None:
        self._stream = stream
        self._silent = silent
        self._moves = stream.isatty()
        self._bar = ""
        self._in_text = False

    def line(self, text: str) -> None:
        """Write a line of its own."""
        self._leave_text()
        self._write(f"{_CLEAR_LINE if self._bar else ''}{clean(text)}\n{self._bar}")

    def bar(self, progress: ProgressView | None) -> None:
        """Draw the bar anew, or take it away. Without a terminal, say each tenth of the way."""
        if progress is None:
            self._drop_bar()
            return
        filled = BAR_WIDTH * min(progress.done, progress.total) // progress.total
        if self._moves:
            self._leave_text()
            self._bar = f"{'█' * filled}{'░' * (BAR_WIDTH - filled)} {clean(progress.text)}"
            self._write(_CLEAR_LINE + self._bar)
        elif progress.done * 10 // progress.total != (progress.done - 1) * 10 // progress.total:
            self.line(f"  {progress.text}")

    def text(self, piece: str) -> None:
        """Let text run on; only a terminal shows it, dimmed, since a file will hold the result."""
        if not self._moves:
            return
        self._drop_bar()
        self._in_text = True
        self._write(f"{_DIM}{clean(piece)}{_PLAIN}")

    def _drop_bar(self) -> None:
        if self._bar:
            self._bar = ""
            self._write(_CLEAR_LINE)

    def _leave_text(self) -> None:
        if self._in_text:
            self._in_text = False
            self._write("\n")

    def _write(self, text: str) -> None:
        if not self._silent:
            self._stream.write(text)
            self._stream.flush()


def clean(text: str) -> str:
    """Take out what a terminal would obey; line ends and tabs stay."""
    return _CONTROL.sub("", text)


class Report:
    """Turns events into lines, and keeps the fold beside them."""

    def __init__(self, screen: Screen, run_id: str = "") -> None:
        self.state = new_state()
        self._screen = screen
        self._run_id = run_id
        self._streaming = ""

    def take(self, events: list[dict[str, Any]]) -> None:
        """Show these events. Raises ValueError on a hole, like the fold."""
        for event in events:
            fold([event], self.state)
            show = getattr(self, "_" + event["type"].replace(".", "_"), None)
            if show is not None:
                show(event)

    def say(self, text: str) -> None:
        """Write a line that no event stands for."""
        self._screen.line(text)

    def _status(self, event: dict[str, Any]) -> None:
        self._screen.line(f"▸ {event['text']}")

    def _progress(self, event: dict[str, Any]) -> None:
        self._screen.bar(progress_view(event))

    def _step_failed(self, event: dict[str, Any]) -> None:
        self._screen.line(f"! {self._title(event)}: {event['error']['message']}")

    def _step_retrying(self, event: dict[str, Any]) -> None:
        wait = words.duration(event["delay_ms"] / 1000)
        self._screen.line(f"◐ {self._title(event)}: {event['error']['message']} (try {event['try']} in {wait})")

    def _run_waiting(self, event: dict[str, Any]) -> None:
        self._screen.line(f"· {words.waiting(event, timezone.now())}")

    def _input_requested(self, event: dict[str, Any]) -> None:
        if event.get("wrong"):
            self._screen.line(f"! The answer does not fit: {event['wrong']}")
        self._screen.line(f"? {event['prompt']}")
        self._screen.line(f"  Answer on the run's page, or with `manage.py runs answer {self._run_id} JSON`.")

    def _input_received(self, event: dict[str, Any]) -> None:
        self._screen.line("✓ The answer was taken.")

    def _run_recovering(self, event: dict[str, Any]) -> None:
        self._screen.line("◐ The worker on this run stopped. Another one takes over; what is finished is kept.")

    def _run_redis_changed(self, event: dict[str, Any]) -> None:
        if event.get("whole"):
            self._screen.line("◐ Redis did not know this run: what it may have done before is done again.")
        else:
            self._screen.line("◐ Redis was started again, or another server took over: the last second may be gone.")

    def _run_handed_over(self, event: dict[str, Any]) -> None:
        self._screen.line("◐ The run moves to another worker; what is finished is kept.")

    def _run_cancelling(self, event: dict[str, Any]) -> None:
        self._screen.line("– Stopping.")

    def _text_reset(self, event: dict[str, Any]) -> None:
        if not self._streaming:
            self._streaming = event["block"]
            self._screen.line(f"▸ {event.get('title') or event['block']}")

    def _text_delta(self, event: dict[str, Any]) -> None:
        # Texts may be written side by side; one at a time can be read.
        if event["block"] == self._streaming:
            self._screen.text(event["txt"])

    def _text_final(self, event: dict[str, Any]) -> None:
        if event["block"] == self._streaming:
            self._streaming = ""
        count = len(self.state["blocks"][event["block"]]["txt"].split())
        self._screen.line(f"✓ {event.get('title') or event['block']} ({words.amount(count, 'word')})")

    def _title(self, event: dict[str, Any]) -> str:
        step = self.state["steps"].get(event["step"], {})
        return step.get("title") or step.get("name") or "A step"


class _Watch:
    """Reads the log behind what was shown, until its end. Redis may be away for a while."""

    def __init__(self, run: Run, report: Report) -> None:
        self.report = report
        self._run = run
        self._asked_at = 0.0
        self._said = ""

    async def until_ended(self, left: asyncio.Event) -> bool:
        """Return True when the run has ended, False when the person left."""
        while not left.is_set():
            page = await self._read()
            if page is not None and page.found:
                self.report.take(page.events)
                if page.closed and self.report.state["seq"] >= page.last_seq:
                    return True
                if page.events:
                    continue
            elif page is not None and self._run.finished:
                # Ended without a log that could be read: only the row is left to show.
                self.report.state, _ = await run_state(self._run)
                return True
            await self._say_why()
            await _wait(left)
        return False

    async def _read(self) -> LogPage | None:
        try:
            page = await run_events(self._run, self.report.state["seq"])
            if not page.found and not self._run.finished:
                await self._run.arefresh_from_db()
        except STORE_ERRORS:
            self._say("· Redis does not answer. The run goes on when it does.")
            return None
        return page

    async def _say_why(self) -> None:
        """Say why nothing moves, at most once for each reason."""
        moving = self.report.state["run_status"] in ("running", "cancelling")
        if moving or time.monotonic() - self._asked_at < ASK_WHY_SECONDS:
            return
        first, self._asked_at = self._asked_at == 0, time.monotonic()
        try:
            meta = await engine().meta(self._run.pk)
            why = await engine().why_waiting(meta) if meta else "Waiting to be handed out."
        except STORE_ERRORS:
            return
        if why and not first:
            self._say(f"· {why}")

    def _say(self, text: str) -> None:
        if text != self._said:
            self._said = text
            self.report.say(text)


async def _wait(left: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(left.wait(), POLL_SECONDS)
    except TimeoutError:
        return


@contextmanager
def _interrupts() -> Iterator[asyncio.Event]:
    """Return an event that Ctrl-C sets, instead of ending the process."""
    left = asyncio.Event()
    if threading.current_thread() is not threading.main_thread():
        yield left
        return
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, left.set)
    try:
        yield left
    finally:
        loop.remove_signal_handler(signal.SIGINT)


async def _output(run: Run) -> Any:
    """Return the result: from Redis at first, from the record once control has written it."""
    if run.finished:
        return run.output
    return await engine().output_of(run.pk)


def _write_result(output: Any, screen: Screen, stream: TextIO, file: Path | None, *, as_json: bool) -> None:
    if file is not None:
        file.write_text(json.dumps(output, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        screen.line(f"  The result is in {file}.")
    elif as_json:
        _write_json(stream, output)
    elif output is not None:
        for line in result_lines(output):
            screen.line(line)


def _write_json(stream: TextIO, value: Any) -> None:
    stream.write(json.dumps(value, ensure_ascii=False) + "\n")


def _show_end(screen: Screen, state: dict[str, Any]) -> None:
    screen.bar(None)
    status = state["run_status"]
    took = words.duration((state["ended_at"] - state["started_at"]) / 1000) if state["started_at"] else ""
    count = state["input_tokens"] + state["output_tokens"]
    facts = [took, words.tokens(count), words.cost(*costs_in(state)), ", ".join(state["models"])]
    ending = f"{words.STATUS_MARKS[status]} {words.STATUS_WORDS[status].capitalize()}"
    screen.line(" · ".join([ending, *(fact for fact in facts if fact)]))
    if status == "failed":
        screen.line(f"  {(state['error'] or {}).get('message') or 'The run left no reason.'}")


def result_lines(output: Any) -> list[str]:
    """Return a result for people: short fields as "name: value", lists as dashes, long texts as they are, last."""
    if not isinstance(output, dict):
        return ["", json.dumps(output, indent=2, ensure_ascii=False)]
    short: list[str] = []
    long: list[str] = []
    for name, value in output.items():
        label = name.replace("_", " ")
        if isinstance(value, str) and "\n" in value:
            long += ["", value]
        elif isinstance(value, list):
            short.append(f"{label}:{' none' if not value else ''}")
            short += [f"  – {_inline(item)}" for item in value[:LIST_ITEMS]]
            if len(value) > LIST_ITEMS:
                short.append(f"  and {len(value) - LIST_ITEMS} more")
        elif value not in (None, ""):
            short.append(f"{label}: {_inline(value)}")
    return ["", *short, *long]


def _inline(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return ", ".join(str(item) for item in value.values() if item not in (None, ""))
    return json.dumps(value, ensure_ascii=False)
