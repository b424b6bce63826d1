"""The page of a soak: its account, and a plot of each curve."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from ..harness.plots import plot
from .watching import Verdict


def write_page(path: Path, told: str, verdicts: Sequence[Verdict]) -> None:
    plots = [
        plot(
            f"{each.curve.means} {f'({each.curve.unit})' if each.curve.unit else ''}",
            "minutes",
            {each.curve.unit or "count": [(at / 60, value) for at, value in each.curve.points.items()]},
        )
        for each in verdicts
        if each.curve.points
    ]
    head = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Soak</title>'
    head += '<meta name="color-scheme" content="light dark"><style>svg{max-width:40rem;display:block}</style>'
    path.write_text(f"{head}<h1>Soak</h1><pre>{escape(told)}</pre>{''.join(plots)}</html>\n")
