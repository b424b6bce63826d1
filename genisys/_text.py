"""Text that is written before people's eyes: a named block of the run, streamed as deltas, then final."""

from __future__ import annotations

from types import TracebackType

from . import _pulse
from ._fold import utf16_length
from ._scope import Scope, current
from ._shown import NAME_CHARS, a_value, here, name_given
from ._strict import Pieces
from ._strict import text as strict_text


class Text:
    """A block under way. `write` is cheap and does not wait; on leaving the `async with` the block is final.

    A block opened again (by a step that runs again) begins anew: readers are told to drop what they had of it.
    Where the body fails, the block stays open as far as it got.
    """

    def __init__(self, block: str, title: str = "") -> None:
        self.block = block
        self.title = title
        self.text = ""
        self._units = 0
        self._held = ""
        self._pieces = Pieces()
        self._scope: Scope | None = None

    async def __aenter__(self) -> Text:
        self._scope = current.get()
        self._reset()
        return self

    def _reset(self) -> None:
        self.text, self._units, self._held, self._pieces = "", 0, "", Pieces()
        if self._scope is not None:
            self._scope.execution.writer.emit(
                "text.reset", block=self.block, title=self.title, step=self._scope.key or None
            )

    def write(self, text: str) -> None:
        """Add text to the end of the block. Raises TypeError for what is no text.

        A character that was cut in two by whoever wrote the pieces is joined again; what is none is U+FFFD.
        """
        if not isinstance(text, str):
            raise TypeError(f"text({self.block!r}).write: give a str; this is {a_value(text)}")
        self._add(self._pieces.add(text))

    def _add(self, text: str) -> None:
        if not text:
            return
        _pulse.mark()
        self.text += text
        if self._scope is None:
            return
        secrets = self._scope.execution.secrets
        if secrets is not None:
            # What may be the beginning of a secret waits for what follows; the final text has it all.
            text, self._held = secrets.redactor.stream(self._held + text)
        if text:
            self._scope.execution.writer.delta(self.block, self._units, text, now=self._units == 0)
            self._units += utf16_length(text)

    def replace(self, text: str) -> None:
        """Make the whole block something else; readers see it when the block is final. Raises TypeError."""
        if not isinstance(text, str):
            raise TypeError(f"text({self.block!r}).replace: give a str; this is {a_value(text)}")
        text, self._pieces = strict_text(text), Pieces()
        shown = text if self._scope is None else self._scope.execution.hidden(text)
        self.text, self._units, self._held = text, utf16_length(shown), ""

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
            self._scope.execution.writer.emit("text.final", now=True, block=self.block, title=self.title, txt=self.text)


def text(block: str, *, title: str | None = None) -> Text:
    """Open a block of streamed text: `async with text("article") as t: t.write(...)`. Raises TypeError, ValueError."""
    name_given(block, "text")
    if not isinstance(title, str | None):
        raise TypeError(f"{here()}, text({block!r}): title is {a_value(title)}; give a str")
    return Text(strict_text(block), strict_text(title or "")[:NAME_CHARS])
