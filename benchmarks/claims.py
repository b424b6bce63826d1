"""How well claims are judged: `python -m benchmarks.claims [--json]`.

Pairs of evidence and claim, written by hand for this benchmark in five languages (`claims_data/`), half of them true in
many degrees of paraphrase, half false in many ways. Every third topic is held back: no rule is tuned on it, and the
figures are of it alone. The last line has `false_accepted_rules true_refused_rules`, in percent, of the rules by
themselves; where a model's key is set (OPENAI_API_KEY), also `false_accepted_all true_refused_all`, with that model as
the judge of what the rules leave open. A scripted judge would measure nothing: none is used here.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from agents.claims import Ruling, refusal_by_rules

_DATA = Path(__file__).with_name("claims_data")
_HELD_BACK = 3
"""Every third topic of a language is held back."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A claim, the evidence that it is held against, and whether that bears it. `kind`: how a false one is false."""

    language: str
    topic: str
    evidence: str
    claim: str
    true: bool
    kind: str
    held_back: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """How many false claims were accepted and true ones refused, in percent, of how many pairs."""

    false_accepted: float
    true_refused: float
    pairs: int


def pairs() -> list[Pair]:
    """Return all pairs, language by language."""
    return [pair for path in sorted(_DATA.glob("*.txt")) for pair in _read(path)]


def _read(path: Path) -> Iterator[Pair]:
    """Yield the pairs of one file: `@` opens a topic, `=` its evidence, `+` a true claim, `- how |` a false one."""
    number, topic, evidence = -1, "", ""
    for line in path.read_text(encoding="utf-8").splitlines():
        mark, text = line[:1], line[2:]
        if mark == "@":
            number, topic = number + 1, text
        elif mark == "=":
            evidence = text
        elif mark in ("+", "-"):
            kind, _, claim = text.rpartition(" | ")
            yield Pair(path.stem, topic, evidence, claim, mark == "+", kind, number % _HELD_BACK == 2)


def figures(judged: Sequence[tuple[Pair, bool]]) -> Figures:
    """Return the figures of pairs, each with whether its claim was accepted."""
    false = [accepted for pair, accepted in judged if not pair.true]
    true = [accepted for pair, accepted in judged if pair.true]
    return Figures(
        100 * sum(false) / max(1, len(false)), 100 * (len(true) - sum(true)) / max(1, len(true)), len(judged)
    )


def by_rules(chosen: Sequence[Pair]) -> list[tuple[Pair, bool]]:
    """Return each pair with whether the rules let it pass."""
    return [(pair, refusal_by_rules(pair.claim, [pair.evidence]) is None) for pair in chosen]


async def with_model(judged: Sequence[tuple[Pair, bool]], model: str) -> list[tuple[Pair, bool]]:
    """Return the pairs judged by the model where the rules let them pass; what it leaves out counts as refused."""
    from openai import AsyncOpenAI

    from agents.claims import Quote, Verdicts
    from agents.writing import judging
    from agents.writing.model import parse

    client = AsyncOpenAI()
    left = [pair for pair, accepted in judged if accepted]
    accepted: set[tuple[str, str]] = set()
    for start in range(0, len(left), judging.BATCH):
        batch = left[start : start + judging.BATCH]
        asked = judging.judge([judging.Question(pair.claim, (Quote(0, pair.evidence, 1.0),)) for pair in batch])
        shape = {"name": "verdicts", "strict": True, "schema": judging.judge_schema()}
        reply = await client.chat.completions.create(
            model=model,
            messages=asked.messages(),
            response_format={"type": "json_schema", "json_schema": shape},  # type: ignore[arg-type]
        )
        found = parse(reply.choices[0].message.content or "", Verdicts)
        for verdict in found.verdicts if found else []:
            if verdict.ruling in (Ruling.SUPPORTED, Ruling.NO_CLAIM) and 0 < verdict.n <= len(batch):
                accepted.add((batch[verdict.n - 1].evidence, batch[verdict.n - 1].claim))
    return [(pair, (pair.evidence, pair.claim) in accepted) for pair, _ in judged]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--json", action="store_true", help="print one line of JSON instead of a table")
    as_json = parser.parse_args().json
    everything = pairs()
    judged = by_rules(everything)
    held = [(pair, accepted) for pair, accepted in judged if pair.held_back]
    figure = figures(held)
    results: dict[str, object] = {
        "pairs": len(everything),
        "held_back": figure.pairs,
        "false_accepted_rules": round(figure.false_accepted, 1),
        "true_refused_rules": round(figure.true_refused, 1),
    }
    if os.environ.get("OPENAI_API_KEY"):
        model = os.environ.get("GENISYS_MODEL", "gpt-4.1-mini")
        live = figures(asyncio.run(with_model(held, model)))
        results |= {
            "judge": model,
            "false_accepted_all": round(live.false_accepted, 1),
            "true_refused_all": round(live.true_refused, 1),
        }
    if as_json:
        print(json.dumps(results))
        return
    _table(judged)
    wanted = ("false_accepted_rules", "true_refused_rules", "false_accepted_all", "true_refused_all")
    if "judge" not in results:
        print("With a model as judge: not measured (no OPENAI_API_KEY).")
    print(" ".join(f"{name}={results[name]}" for name in wanted if name in results))


def _table(judged: Sequence[tuple[Pair, bool]]) -> None:
    """Print the figures by language, for the topics that rules may be tuned on and for those held back."""
    languages = Counter(pair.language for pair, _ in judged)
    print(f"{'':10}{'pairs':>7}{'false accepted':>17}{'true refused':>15}")
    for held_back in (False, True):
        for language in languages:
            part = [(pair, ok) for pair, ok in judged if pair.language == language and pair.held_back == held_back]
            figure = figures(part)
            name = f"{language} {'held' if held_back else ''}"
            print(f"{name:10}{figure.pairs:7}{figure.false_accepted:16.1f}%{figure.true_refused:14.1f}%")


if __name__ == "__main__":
    main()
