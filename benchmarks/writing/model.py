"""The strong model of `benchmarks.writing`, scripted: it outlines, writes, judges, mends and edits over HTTP.

Its prose is that of the briefs. As a judge it blesses **every** claim: a script that knew the answers would measure
itself. So what is caught is caught by the product's own code, and a real judge can only add to it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from genisys.testing.provider import fill_schema, prompt_text
from genisys.testing.provider.replies import completion
from language.sentences import split_sentences

from .briefs import Brief, Chapter

FOREIGN = 97
"""The number of a source that no prompt has: each section cites it once."""
LEAK = "Write the text of this section now: two or three paragraphs of whole sentences."
CHAT = "Sure! Here is the section you asked for."
SOURCE = re.compile(r"^\[(\d+)\] (.+)$", re.MULTILINE)
_CLAIM = re.compile(r"^Claim (\d+): ", re.MULTILINE)


class Writer:
    """The responder of one brief."""

    def __init__(self, brief: Brief) -> None:
        self.brief = brief
        self.used: list[tuple[int, int]] = []

    def __call__(self, body: dict[str, Any]) -> str:
        """Return the reply to one request, and note its usage, as the server tells it."""
        reply = self._reply(body)
        usage = completion(body, reply)["usage"]
        self.used.append((usage["prompt_tokens"], usage["completion_tokens"]))
        return reply

    def _reply(self, body: dict[str, Any]) -> str:
        said = prompt_text(body)
        shape = body.get("response_format") or {}
        if shape:
            return self._object(said, shape.get("json_schema", {}).get("schema", {}))
        sources = SOURCE.findall(said)
        if sources:
            chapter = self._asked_for(said)
            return draft(chapter, _number_of(chapter, sources))
        if "\nSection: " in said:
            return as_it_was(said)
        return self.brief.close if "last paragraph" in said else self.brief.lead

    def _asked_for(self, said: str) -> Chapter:
        """Return the chapter of the heading that is asked for; under another heading, the one that no heading names."""
        named = [one for one in self.brief.chapters if f"Section: {one.heading}\n" in said]
        return (named or [one for one in self.brief.chapters if one.heading not in said])[0]

    def _object(self, said: str, schema: dict[str, Any]) -> str:
        asked = schema.get("properties", {})
        if "verdicts" in asked:
            found = [{"n": int(n), "verdict": "supported", "words": ""} for n in _CLAIM.findall(said)]
            return json.dumps({"verdicts": found})
        if "sentences" in asked:
            return json.dumps({"sentences": [{"n": int(n), "text": ""} for n in _CLAIM.findall(said)]})
        filled = fill_schema(schema, said)
        if "titles" in asked:
            filled |= {"titles": [self.brief.topic, f"{FOREIGN} secrets"], "description": self.brief.close}
        elif "sections" in asked:
            filled |= {"title": self.brief.page_title, "sections": self._sections(filled["sections"])}
        elif "questions" in asked:
            filled["questions"] = [f"{self.brief.topic}?", *(one.source_heading for one in self.brief.chapters)]
        return json.dumps(filled)

    def _sections(self, filled: Any) -> list[dict[str, Any]]:
        """Return the outline's sections; fields that the schema has besides ours are filled as it wants them."""
        other = filled[0] if filled else {}
        planned = [{"heading": one.heading, "covers": _covers(one)} for one in self.brief.chapters]
        return [{**other, **one} for one in planned]


def _covers(chapter: Chapter) -> str:
    """Return what the section is to tell, as one who has read the page would say it."""
    return f"{chapter.source_heading}: {split_sentences(chapter.source)[0]}"


def draft(chapter: Chapter, n: int) -> str:
    """Return the section as the model writes it: two paragraphs, facts with their number, and planted faults.

    Every section has one citation of a source that does not exist, one sentence twice, and words of its prompt.
    """
    written = [line.text if line.kind == "transition" else _cited(line.text, n) for line in chapter.lines]
    facts = [place for place, line in enumerate(chapter.lines) if line.kind == "faithful"]
    written[facts[1]] = _cited(chapter.lines[facts[1]].text, FOREIGN)
    half = len(written) // 2
    second = [*written[half:], written[facts[0]], LEAK]
    return f"{CHAT}\n\n{' '.join(written[:half])}\n\n{' '.join(second)}"


def _cited(sentence: str, n: int) -> str:
    return f"{sentence[:-1]} [{n}]{sentence[-1]}" if sentence[-1] in ".!?" else f"{sentence} [{n}]"


def _number_of(chapter: Chapter, sources: Sequence[tuple[str, str]]) -> int:
    """Return the number that the prompt gives to the chapter's passage; 1 where search did not find it."""
    opening = chapter.source[:40]
    return next((int(n) for n, text in sources if opening in text), 1)


def as_it_was(said: str) -> str:
    """Return the section that is to be edited, as it came: an editor with nothing to mend."""
    found = re.search(r"<sources>\n(.*?)\n</sources>", said, re.DOTALL)
    return found[1] if found else ""
