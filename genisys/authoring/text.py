"""Text that is written while people watch: a named block of the run, streamed as deltas, then final."""

from __future__ import annotations

from types import TracebackType

from pydantic_core import to_json

from ..data.strict_json import Pieces
from ..data.strict_json import text as strict_text
from ..execution import pulse
from ..execution.log_writer import DELTA_CHARS
from ..execution.scope import Scope, current
from ..log.fold import utf16_length
from ..secrets.redactor import Redactor
from .visible import ENVELOPE_BYTES, EVENT_BYTES, NAME_CHARS, a_value, here, name_given

WHOLE_BYTES = EVENT_BYTES - 8 * ENVELOPE_BYTES
"""A longer text is not repeated in its final event."""


class Text:
    """A block under way. `write` is cheap and does not wait; on leaving the `async with` the block is final.

    A block opened again (by a step that runs again) begins anew: readers drop what they had of it.
    Where the body fails, the block stays open as far as it got.
    """

    def __init__(self, block: str, title: str = "") -> None:
        self.block = block
        self.title = title
        self.text = ""
        self._units = 0
        self._held = ""
        self._pieces = Pieces()
        self._is_shown = True
        self._redactor: Redactor | None = None
        self._scope: Scope | None = None

    async def __aenter__(self) -> Text:
        self._scope = current.get()
        self._reset()
        return self

    def _reset(self) -> None:
        self.text, self._pieces = "", Pieces()
        self._show_anew()

    def _show_anew(self) -> None:
        """Emit the reset by which readers drop what they had of the block."""
        self._units, self._held, self._is_shown = 0, "", True
        if self._scope is not None:
            self._redactor = self._find_redactor()
            self._scope.execution.writer.emit(
                "text.reset", block=self.block, title=self.title, step=self._scope.key or None
            )

    def _find_redactor(self) -> Redactor | None:
        secrets = None if self._scope is None else self._scope.execution.secrets
        return None if secrets is None else secrets.redactor

    def write(self, text: str) -> None:
        """Add text to the end of the block. Raises TypeError where it is not text.

        A character that was cut in two between pieces is joined again; a lone half becomes U+FFFD.
        """
        if not isinstance(text, str):
            raise TypeError(f"text({self.block!r}).write: give a str; this is {a_value(text)}")
        self._add(self._pieces.add(text))

    def _add(self, text: str) -> None:
        if not text:
            return
        pulse.mark()
        self.text += text
        if self._scope is None or not self._is_shown:
            return  # After a `replace` nothing is streamed: readers see all of it when the block is final.
        redactor = self._find_redactor()
        if redactor is not None:
            # What may be the beginning of a secret is held back until the next piece; the final text has all of it.
            text, self._held = redactor.stream(self._held + text)
        if text:
            self._show(text, now=self._units == 0)

    def _show(self, text: str, *, now: bool = False) -> None:
        assert self._scope is not None
        for begin in range(0, len(text), DELTA_CHARS):
            piece = text[begin : begin + DELTA_CHARS]
            self._scope.execution.writer.delta(self.block, self._units, piece, now=now)
            self._units += utf16_length(piece)

    def replace(self, text: str) -> None:
        """Make the whole block something else; readers see it when the block is final. Raises TypeError."""
        if not isinstance(text, str):
            raise TypeError(f"text({self.block!r}).replace: give a str; this is {a_value(text)}")
        text, self._pieces = strict_text(text), Pieces()
        shown = text if self._scope is None else self._scope.execution.hidden(text)
        self.text, self._units, self._held, self._is_shown = text, utf16_length(shown), "", False

    def begin_again(self) -> None:
        """Drop what was written, here and on the page, and start the block anew."""
        self._reset()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            return
        self._add(self._pieces.end())
        if self._scope is not None:
            self._end(self._scope)

    def _end(self, scope: Scope) -> None:
        """Emit that the block is final, with its whole text; of a long one, that the deltas have carried it."""
        shown = scope.execution.hidden(self.text)
        writer = scope.execution.writer
        if len(shown) <= DELTA_CHARS or len(to_json(shown)) <= WHOLE_BYTES:
            writer.emit("text.final", now=True, block=self.block, title=self.title, txt=shown)
            return
        if self._is_shown and self._redactor is self._find_redactor():
            self._show(scope.execution.hidden(self._held))
        else:
            self._show_anew()
            self._show(shown)
        writer.emit("text.final", now=True, block=self.block, title=self.title, off=self._units, txt="")


def text(block: str, *, title: str | None = None) -> Text:
    """Open a block of streamed text: `async with text("article") as t: t.write(...)`. Raises TypeError, ValueError."""
    name_given(block, "text")
    if not isinstance(title, str | None):
        raise TypeError(f"{here()}, text({block!r}): title is {a_value(title)}; give a str")
    return Text(strict_text(block), strict_text(title or "")[:NAME_CHARS])
