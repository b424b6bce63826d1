"""What is written down of the pages that are not read, so that only what has changed since is written. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ingestion.requests import LeftOutRow


@dataclass(slots=True)
class Noted:
    """The rows as they were last written; `counts` says for each reason how many pages it leaves out, and one note."""

    rows: dict[str, LeftOutRow] = field(default_factory=dict)
    counts: dict[str, tuple[int, str]] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Return how many pages are left out, the unlisted among them."""
        return sum(row.alike for row in self.rows.values())

    def becomes(self, rows: Iterable[LeftOutRow]) -> tuple[list[LeftOutRow], list[str]]:
        """Take these rows in place of those before. Return the ones to write, and the addresses that are out of it."""
        now = {row.url: row for row in rows}
        changed = [row for url, row in now.items() if self.rows.get(url) != row]
        gone = [url for url in self.rows if url not in now]
        self.rows = now
        return changed, gone

    def recounted(self) -> list[tuple[str, int, str]]:
        """Return each reason whose count has changed, with its count now and a note; 0 where it leaves out none."""
        now: dict[str, tuple[int, str]] = {reason: (0, note) for reason, (_, note) in self.counts.items()}
        for row in self.rows.values():
            count, note = now.get(row.reason, (0, ""))
            now[row.reason] = count + row.alike, note if count else row.note
        told = [(reason, *each) for reason, each in now.items() if self.counts.get(reason, (0, ""))[0] != each[0]]
        self.counts = now
        return told
