"""Any JSON value as people read it: texts, tables of objects that are alike, lists, and the rest as a tree. Pure.

A page shows so much of a value and says how much it leaves out; the whole is for downloading.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils.safestring import SafeString

from runs.presentation import markdown

MOST_VALUES = 1_500
MOST_ROWS = 100
MOST_COLUMNS = 8
MOST_CHARS = 20_000
DEEPEST = 8
_LONG = 160


@dataclass(slots=True)
class ValueView:
    """A value as it is shown. `kind` says which of the other fields there are; `more` counts what is left out."""

    kind: str
    text: str = ""
    html: SafeString = field(default_factory=SafeString)
    columns: list[str] = field(default_factory=list)
    rows: list[list[ValueView]] = field(default_factory=list)
    entries: list[EntryView] = field(default_factory=list)
    more: int = 0

    @property
    def is_short(self) -> bool:
        """Whether it stands on one line, beside its name."""
        return self.kind in ("text", "number", "link", "nothing")


@dataclass(slots=True)
class EntryView:
    """A part of a value, by the name under which it stands there, "" in a list. `key` tells it from all others."""

    key: str
    label: str
    value: ValueView
    note: str


def value_view(value: Any, key: str = "value") -> ValueView:
    """Return the value as it is shown, of which at most MOST_VALUES parts."""
    return _Drawing().drawn(value, key, 0)


class _Drawing:
    """One value being drawn: how much may still be shown."""

    def __init__(self) -> None:
        self._left = MOST_VALUES

    def drawn(self, value: Any, key: str, depth: int) -> ValueView:
        self._left -= 1
        if isinstance(value, dict | list) and value:
            if depth >= DEEPEST:
                return ValueView("text", text="…", more=len(value))
            return self._list(value, key, depth) if isinstance(value, list) else self._object(value, key, depth)
        return _plain(value)

    def _list(self, items: list[Any], key: str, depth: int) -> ValueView:
        columns = _columns(items)
        if columns:
            return self._table(items, columns)
        kind = "list" if all(not isinstance(item, dict | list) for item in items) else "tree"
        named = [("" if kind == "list" else str(number), item) for number, item in enumerate(items, 1)]
        return self._entries(kind, named, key, depth)

    def _object(self, value: dict[str, Any], key: str, depth: int) -> ValueView:
        return self._entries("tree", [(label_of(name), part) for name, part in value.items()], key, depth)

    def _entries(self, kind: str, named: list[tuple[str, Any]], key: str, depth: int) -> ValueView:
        view = ValueView(kind)
        for place, (label, part) in enumerate(named):
            if self._left <= 0 or place >= MOST_ROWS:
                view.more = len(named) - place
                break
            inner = f"{key}.{place}"
            view.entries.append(EntryView(inner, label, self.drawn(part, inner, depth + 1), _size(part)))
        return view

    def _table(self, items: list[dict[str, Any]], columns: list[str]) -> ValueView:
        shown = items[: max(1, min(MOST_ROWS, self._left // len(columns)))]
        self._left -= len(shown) * len(columns)
        rows = [[_plain(item.get(name, "")) for name in columns] for item in shown]
        return ValueView("table", columns=[label_of(name) for name in columns], rows=rows, more=len(items) - len(shown))


def label_of(name: str) -> str:
    """Return a name in the data as words: "Max pages" of `max_pages`; what is no such name stays as it is."""
    if not name.replace("_", "").isalnum() or not name[:1].isalpha() or name.lower() != name:
        return name
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def _columns(items: list[Any]) -> list[str]:
    """Return the columns of a list of flat objects that are alike enough for a table; [] of any other list."""
    names: dict[str, None] = {}
    for item in items:
        if not isinstance(item, dict) or not item or any(isinstance(part, dict | list) for part in item.values()):
            return []
        names.update(dict.fromkeys(item))
        if len(names) > MOST_COLUMNS:
            return []
    return list(names)


def _plain(value: Any) -> ValueView:
    """Return a value without parts, or an empty list or object."""
    if isinstance(value, bool):
        return ValueView("text", text="yes" if value else "no")
    if isinstance(value, int | float):
        return ValueView("number", text=str(value))
    if not value:
        return ValueView("nothing", text="" if value == "" else "none")
    text = str(value)
    if text.startswith(("http://", "https://")) and len(text.split()) == 1:
        return ValueView("link", text=text)
    if "\n" in text.strip() or len(text) > _LONG:
        more = max(0, len(text) - MOST_CHARS)
        return ValueView("prose", html=markdown.render(text[:MOST_CHARS]), more=more)
    return ValueView("text", text=text)


def _size(value: Any) -> str:
    if not isinstance(value, dict | list):
        return ""
    return f"{len(value)} {'entry' if len(value) == 1 else 'entries'}"
