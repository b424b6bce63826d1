"""`python -m benchmarks.extraction --corpus FOLDER`: the main text of labelled pages, beside three public extractors.

    --corpus FOLDER  pages and labels as WCXB writes them: `labels.jsonl.gz` and `html/<id>.html.gz`
    --most 0         only so many pages of each type
    --json           end with one line, an object of the figures

Scored as the benchmark does (Web Content eXtraction Benchmark, Foley 2026, CC-BY-4.0): F1 of lower-cased words, counted
as multisets, averaged over the pages of a type; the mean is that of the types. A snippet that must not appear has
leaked if it stands in the text, white space aside. Processor time is that of one page from its HTML to its text, each
extractor as it comes, in turns page by page, so that what else the machine does falls on all of them. Ours also finds
the title, the links and the dates in that time.

Ours has learnt from the development pages of that benchmark, so on those its figures flatter it: what may be expected
of other pages is what `benchmarks.extraction.training` prints, where each half is judged by what the other taught.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path

from . import pages
from .rivals import EXTRACTORS, OURS

REFERENCE = "trafilatura"


def figures(scores: dict[str, pages.Score]) -> dict[str, float]:
    """Return the figures by which the extraction is judged."""
    ours, reference = scores[OURS], scores[REFERENCE]
    types, others = ours.by_type(), reference.by_type()
    return {
        "f1_mean": statistics.mean(types.values()),
        "f1_service": types.get("service", 0.0),
        "f1_article": types.get("article", 0.0),
        "f1_types": sum(types[each] >= others[each] for each in types),
        "cpu_vs_trafilatura": ours.cpu_s / reference.cpu_s,
        "leaked": ours.leaked_share,
        "leaked_trafilatura": reference.leaked_share,
        "missing": ours.missing_share,
    }


def table(scores: dict[str, pages.Score]) -> str:
    """Return all scores as a table: a line for each extractor, a column for each type."""
    types = sorted(scores[OURS].by_type())
    lines = [f"{'':<18}{'mean':>7}" + "".join(f"{each[:10]:>11}" for each in types) + "   leaked missing  ms"]
    for name, score in scores.items():
        found = score.by_type()
        lines.append(
            f"{name:<18}{statistics.mean(found.values()):>7.3f}"
            + "".join(f"{found[each]:>11.3f}" for each in types)
            + f"{score.leaked_share:>9.3f}{score.missing_share:>8.3f}{1000 * score.cpu_s / score.pages:>6.1f}"
        )
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.extraction")
    parser.add_argument("--corpus", type=Path, required=True, help="folder of the labelled pages")
    parser.add_argument("--most", type=int, default=0, help="only so many pages of each type")
    parser.add_argument("--json", action="store_true", help="end with one line, an object of the figures")
    given = parser.parse_args(argv)
    try:
        labelled = pages.read(given.corpus, most=given.most)
    except (OSError, ValueError, KeyError) as error:
        print(f"No labelled pages could be read from {given.corpus}: {error}", file=sys.stderr)
        return 1
    scores = pages.scored(labelled, EXTRACTORS)
    print(table(scores))
    found = {name: round(value, 4) for name, value in figures(scores).items()}
    if given.json:
        print(json.dumps(found))
    else:
        print("  ".join(f"{name} {value:g}" for name, value in found.items()))
    return 0
