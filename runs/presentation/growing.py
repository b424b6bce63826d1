"""A text that is still being written, as what it will be. Pure.

What is settled, all before its last block, is rendered as a finished text is. The last block is mended first: what is
open in it is closed and what is half there held back, so that no mark of Markdown is seen before it does its work.
`static/js/growing.js` goes on from there in the page, with the same parser, `static/js/mended.js` and these rules.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from runs.presentation import markdown

LONGEST_RUN = 4_000
"""Of a longer paragraph what is open is left as it stands: each mend reads it from its beginning."""
MOST_MARKS = 1_000
CHUNK = 8_000
"""Settled text is rendered in pieces of about this size, which stay the same as the text grows, and so are cached."""

_ONLY_MARKS = re.compile(r"[-+*=_#>|~`:\s]*|\s*\d{1,9}[.)]?\s*")
_FENCE = re.compile(r"^[ >\t]*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)?(`{3,}(?=[^`]*$)|~{3,})")
_MARKER = re.compile(r"^[ \t]*(?:>[ \t]?)*(?:(?:[-+*]|\d{1,9}[.)]|#{1,6})[ \t]+)?")
_HALF_AN_ADDRESS = re.compile(r'(?:\([^\s)]*(?:\s(?:"[^"]*"?)?)?)?')
_OPENS_AFTER = "([{\"'“‘*_~—–>|"


@dataclass(frozen=True, slots=True)
class Growing:
    """The text as HTML. `drawn` tells the page's script its revision, and how much is settled in how many blocks."""

    html: SafeString
    drawn: str
    raw: bool


def grown(text: str, rev: int, render: Callable[[str], SafeString] = markdown.render) -> Growing:
    """Return a growing text as its reader sees it now; one with too much markup to be rendered as it stands."""
    if markdown.is_too_much(text):
        return Growing(mark_safe(escape(text)), f"{rev}:0:0", raw=True)  # noqa: S308 - escaped
    text = text.replace("\r\n", " \n").replace("\r", "\n")  # of the same length, as the page's script counts
    starts = list(_starts(text))
    settled, blocks = starts[-1] if starts else (0, 0)
    pieces = [render(piece) for piece in _chunks(text[:settled], [start for start, _ in starts])]
    html = "".join([*pieces, _last(text[settled:], render)])
    return Growing(mark_safe(html), f"{rev}:{_utf16(text[:settled])}:{blocks}", raw=False)  # noqa: S308 - rendered


def _last(rest: str, render: Callable[[str], SafeString]) -> str:
    """Return what still grows. It is read again with every look, so what would cost much is shown as it stands."""
    is_code = _FENCE.match(rest.split("\n", 1)[0]) and _open_fence(rest)
    if markdown.marks_in(rest) > MOST_MARKS and not is_code:
        return f'<p class="raw">{escape(rest)}</p>'
    return render(mended(rest))


def _utf16(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _starts(text: str) -> Iterator[tuple[int, int]]:
    """Yield where blocks begin behind an empty line, each with the number of those before it, which are settled."""
    lines = text.split("\n")
    place = line = 0
    for number, begins in enumerate(markdown.block_lines(text)):
        place += sum(len(each) + 1 for each in lines[line:begins])
        line = begins
        if number and not lines[line - 1].strip():
            yield place, number


def _chunks(settled: str, starts: list[int]) -> Iterator[str]:
    begin = 0
    for start in starts:
        if start - begin >= CHUNK:
            yield settled[begin:start]
            begin = start
    if settled[begin:]:
        yield settled[begin:]


def mended(text: str) -> str:
    """Return the text with what is open at its end closed, and without what is only half there."""
    end = text.rfind("\n") + 1
    head, line = text[:end], text[end:]
    if fence := _open_fence(head):
        code = head if line.strip() and not line.strip().strip(fence[-1]) else text
        return f"{code.removesuffix(chr(10))}\n{fence}" if fence[0] == fence[-1] else code
    if _ONLY_MARKS.fullmatch(line):
        line = ""
    elif _FENCE.match(line):
        return text
    row = line or head[head.rfind("\n", 0, -1) + 1 :].rstrip("\n")
    if row.lstrip().startswith("|"):
        return _table(head + line, row, is_open=bool(line))
    start = _run_start(head + line)
    return (head + line)[:start] + _closed((head + line)[start:])


def _open_fence(text: str) -> str:
    """Return the fence that the text leaves open, with what stands before it in its line, or ""."""
    fence = marks = ""
    for line in text.split("\n"):
        found = _FENCE.match(line)
        if not fence:
            fence, marks = (found[0], found[1]) if found else ("", "")
        elif found and found[1].startswith(marks) and not line.strip(" >\t").strip(marks[0]):
            fence = ""
    return fence


def _table(text: str, row: str, *, is_open: bool) -> str:
    """Close the row's last cell, and where the row is the first one, give it the line that makes it a table's head."""
    text = text.removesuffix("\n")
    if is_open:
        cell = text.rfind("|") + 1
        text = text[:cell] + _closed(text[cell:])
    above = text[: text.rfind("\n") + 1]
    if above[above.rfind("\n", 0, -1) + 1 :].lstrip().startswith("|"):
        return text
    cells = row.strip().removeprefix("|").removesuffix("|").replace("\\|", "").count("|") + 1
    return f"{text}\n{'|---' * cells}|"


def _run_start(text: str) -> int:
    """Return where the last paragraph, list item or heading has its first word."""
    start = len(text)
    while start:
        line = text.rfind("\n", 0, start - 1) + 1
        if not text[line:start].strip():
            return start
        marker = _MARKER.match(text[line:start])
        if marker and marker[0].strip():
            return line + marker.end()
        start = line
    return 0


def _closed(run: str) -> str:
    """Return one run of words with its emphasis, code and links closed, or shown by their words alone."""
    return _Run(run).closed() if run.strip() and len(run) <= LONGEST_RUN else run


class _Run:
    """Reads a run from its beginning, and remembers what is open."""

    def __init__(self, text: str) -> None:
        self.text = text.rstrip()
        self.open: list[tuple[int, str]] = []

    def closed(self) -> str:
        at = 0
        code = ""
        while at < len(self.text):
            sign = self.text[at]
            if sign == "`":
                at, code = self._code(at)
            elif sign in "*_~":
                at = self._emphasis(at)
            elif sign == "[":
                at = self._bracket(at)
            elif sign == "\\" and at == len(self.text) - 1:
                self.text = self.text[:at]
            elif self.text.startswith("](", at):
                at = self.text.find(")", at) + 1 or at + 1
            else:
                at += 2 if sign == "\\" else 1
        if code:
            self.text = self.text.rstrip("`") + code
        self.text = self.text.rstrip()
        while self.open and len(self.text) <= self.open[-1][0] + len(self.open[-1][1]):
            self.text = self.text[: self.open.pop()[0]].rstrip()
        return self.text + "".join(marks for _, marks in reversed(self.open))

    def _code(self, at: int) -> tuple[int, str]:
        """Return what lies behind the code that begins here; where it does not end, the end, and what closes it."""
        marks = self._marks(at)
        behind = at + len(marks)
        if behind == len(self.text):
            self.text = self.text[:at]
            return at, ""
        close = behind
        while (close := self.text.find("`", close)) >= 0:
            found = self._marks(close)
            close += len(found)
            if found == marks:
                return close, ""
        return len(self.text), marks

    def _emphasis(self, at: int) -> int:
        marks = self._marks(at)
        behind = at + len(marks)
        if behind == len(self.text):
            self.text = self.text[:at]
            return at
        if marks[0] == "~" and len(marks) != 2:
            return behind
        before, after = self.text[at - 1 : at], self.text[behind]
        closes = at > 0 and not before.isspace() and (marks[0] != "_" or not after.isalnum())
        left = self._close(marks) if closes else marks
        if left and not after.isspace() and (not at or before.isspace() or before in _OPENS_AFTER):
            self.open.append((behind - len(left), left))
        return behind

    def _close(self, marks: str) -> str:
        """Close what was opened by these marks, and all that was opened in it; return the marks that closed nothing."""
        while marks and any(opened[0] == marks[0] for _, opened in self.open):
            place, opened = self.open.pop()
            if opened[0] != marks[0]:
                continue
            if len(opened) > len(marks):
                self.open.append((place, opened[len(marks) :]))
            marks = marks[len(opened) :]
        return marks

    def _bracket(self, at: int) -> int:
        """Hold back a citation that is half there, and show a link by its words until it leads somewhere."""
        close = self.text.find("]", at)
        inside = self.text[at + 1 : close if close >= 0 else None]
        before = self.text[at - 1 : at]
        if close < 0:
            if not inside or inside.isdecimal():
                self.text = self.text[:at]
                return at
            if before.isalnum():
                return at + 1
        elif not _HALF_AN_ADDRESS.fullmatch(self.text, close + 1) or (
            inside.isdecimal() and close == len(self.text) - 1
        ):
            return at + 1
        self.text = self.text[: at - (before == "!")] + inside
        return at - (before == "!")

    def _marks(self, at: int) -> str:
        sign, end = self.text[at], at
        while end < len(self.text) and self.text[end] == sign:
            end += 1
        return self.text[at:end]
