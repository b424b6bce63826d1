"""Small plots as SVG that are read on light and on dark pages: one line for each series, with its name at its end."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

WIDTH, HEIGHT = 640, 260
LEFT, RIGHT, TOP, BOTTOM = 60, 130, 34, 36
STYLE = """<style>
 text { font: 12px system-ui, sans-serif; fill: #1c2024 }
 .t { font-weight: 600; font-size: 14px } .s { fill: #5b6670 }
 path { fill: none; stroke-width: 2 } .g { stroke: #d5dbe0; stroke-width: 1 }
 .c0 { stroke: #2f6fb0 } .c1 { stroke: #b4552d } .c2 { stroke: #3c8a5a } .c3 { stroke: #8a4fa3 } .c4 { stroke: #93761a }
 @media (prefers-color-scheme: dark) { text { fill: #e6e9ec } .s { fill: #a3adb6 } .g { stroke: #39424b }
  .c0 { stroke: #7fb5ec } .c1 { stroke: #ef9a72 } .c2 { stroke: #7fd1a0 }
  .c3 { stroke: #d09be8 } .c4 { stroke: #e0c46a } }
</style>"""

Points = Sequence[tuple[float, float]]


def plot(title: str, across: str, series: Mapping[str, Points], *, logarithmic: bool = False) -> str:
    """Return the SVG. `across` says what the horizontal axis counts; `logarithmic` is for both axes."""
    every = [point for points in series.values() for point in points]
    if not every:
        return ""
    scale = math.log10 if logarithmic else float
    xs, ys = [scale(x) for x, _ in every], [scale(y) for _, y in every]
    low, high = (math.floor(min(ys)), math.ceil(max(ys))) if logarithmic else (0.0, 4 * _step(max(ys) or 1.0))
    first, last = min(xs), max(xs)

    def place(x: float, y: float) -> tuple[float, float]:
        part = (scale(x) - first) / ((last - first) or 1)
        up = (scale(y) - low) / ((high - low) or 1)
        return LEFT + part * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="t">',
        f'<title id="t">{escape(title)}</title>{STYLE}<text class="t" x="8" y="18">{escape(title)}</text>',
    ]
    ticks = [10**power for power in range(int(low), int(high) + 1)] if logarithmic else [high * n / 4 for n in range(5)]
    for tick in ticks:
        _, y = place(every[0][0], tick)
        parts.append(f'<path class="g" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
        parts.append(f'<text class="s" x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{_short(tick)}</text>')
    for x in sorted({x for x, _ in every} if len({x for x, _ in every}) <= 6 else {every[0][0], every[-1][0]}):
        at, _ = place(x, every[0][1])
        parts.append(f'<text class="s" x="{at:.1f}" y="{HEIGHT - 18}" text-anchor="middle">{_short(x)}</text>')
    parts.append(
        f'<text class="s" x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 4}" text-anchor="middle">{across}</text>'
    )
    ends: list[float] = []
    for number, (name, points) in enumerate(series.items()):
        spots = [place(x, y) for x, y in points]
        parts.append(f'<path class="c{number % 5}" d="M{" L".join(f"{x:.1f} {y:.1f}" for x, y in spots)}"/>')
        at = spots[-1][1] + 4
        while any(abs(at - other) < 13 for other in ends):
            at -= 13
        ends.append(at)
        parts.append(f'<path class="c{number % 5}" d="M{WIDTH - RIGHT + 4} {at - 4:.1f}h10"/>')
        parts.append(f'<text x="{WIDTH - RIGHT + 18}" y="{at:.1f}">{escape(name)}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _step(high: float) -> float:
    """Return the round distance of four lines that reach so high."""
    power = 10.0 ** math.floor(math.log10(high / 4))
    return next(power * times for times in (1, 2, 2.5, 5, 10) if 4 * power * times >= high)


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"
