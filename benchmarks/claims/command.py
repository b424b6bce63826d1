"""How well claims are judged: `python -m benchmarks.claims [--json]`.

Pairs of evidence and claim, written by hand for this benchmark in five languages (`data/`), half of them true in
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
from collections.abc import Sequence

from .judge import with_model
from .pairs import Judged, by_rules, figures, pairs


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.claims", description=(__doc__ or "").split("\n", 1)[0])
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


def _table(judged: Sequence[Judged]) -> None:
    """Print the figures by language, for the topics that rules may be tuned on and for those held back."""
    languages = Counter(pair.language for pair, _ in judged)
    print(f"{'':10}{'pairs':>7}{'false accepted':>17}{'true refused':>15}")
    for held_back in (False, True):
        for language in languages:
            part = [(pair, ok) for pair, ok in judged if pair.language == language and pair.held_back == held_back]
            figure = figures(part)
            name = f"{language} {'held' if held_back else ''}"
            print(f"{name:10}{figure.pairs:7}{figure.false_accepted:16.1f}%{figure.true_refused:14.1f}%")
