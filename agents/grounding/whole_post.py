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


def is_foreign(heading: str, covers: str, evidence: Sequence[Evidence]) -> bool:
    """Return whether a heading, with what it is to cover, has nothing to do with the evidence, or says too much for it.

    A heading is its writer's: it may be in quite other words than the sources. It may not bring a number, a name or a
    superlative that they do not have, and it must share a word with them, or lead to a section that does.
    """
    text = " ".join(f"{item.page_title} {item.heading} {item.text}" for item in evidence)
    stems, known = set(content_stems(text)), {word.lower() for word in words(text)}
    counted = {number for number in numbers(heading) if number not in numbers(text)}
    if any(word.isdigit() for word in counted):
        return True
    if any(word.lower() in STRONG_CLAIMS and word.lower() not in known for word in words(heading)):
        return True
    title_case = sum(word[0].isupper() for word in words(heading)) > 0.7 * max(1, len(words(heading)))
    named = [word for word in names(heading) if not (word[1:].islower() and (title_case or _is_plain(word)))]
    if any(not is_known_name(word, known, stems) for word in named):
        return True
    own = set(content_stems(heading))
    return not own & stems and len(set(content_stems(covers)) & stems) < 2


def _is_plain(word: str) -> bool:
    """Return whether a capital inside a heading may be style: one before an ending that names seldom have."""
    return word.lower().endswith(("ing", "ed", "ly", "tion", "ment", "ness", "ies"))


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
