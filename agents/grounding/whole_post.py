"""Headings, titles and the post as a whole. Pure."""

from collections.abc import Sequence

from agents.grounding.form import is_leak
from agents.grounding.support import STRONG_CLAIMS, is_known_name
from agents.sources.evidence import Evidence
from agents.text.words import content_stems, names, normal, numbers, words


def unfounded_words(heading: str, evidence: Sequence[Evidence]) -> list[str]:
    """Return what a heading or a title says that no evidence does; empty when it may stand."""
    text = " ".join(f"{item.page_title} {item.heading} {item.text}" for item in evidence)
    stems, known = set(content_stems(text)), {word.lower() for word in words(text)}
    found = [number for number in numbers(heading) if number not in numbers(text)]
    found += [word for word in words(heading) if word.lower() in STRONG_CLAIMS and word.lower() not in known]
    strange = [found for found in content_stems(heading) if found not in stems]
    codes = [word for word in names(heading) if not word[1:].islower()]
    found += [word for word in codes if not is_known_name(word, known, stems)]
    return found + (strange if len(strange) > 0.34 * len(content_stems(heading)) else [])


def check_post(title: str, headings: Sequence[str], texts: Sequence[str]) -> list[str]:
    """Return what is wrong with a whole post, as sentences; empty when nothing is."""
    problems = []
    if not title.strip():
        problems.append("The post has no title.")
    if len({normal(heading) for heading in headings if heading.strip()}) < 3:
        problems.append("The post has fewer than three different headings.")
    if any(not text.strip() for text in texts):
        problems.append("A section of the post is empty.")
    if any(is_leak(line) for line in [title, *headings]):
        problems.append("A heading holds words of the instructions.")
    return problems
