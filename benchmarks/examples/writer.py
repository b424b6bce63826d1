"""The strong model of an example, scripted: it plans, writes and judges over HTTP, and edits nothing.

As a judge it says “supported” of a sentence whose words of the source stand among the quotes that the run chose, “not”
where they do not, and “no claim” of a sentence without any. What it misses is told in `missed`.
"""

from __future__ import annotations

import json
import re
from typing import Any

from genisys.testing.provider import fill_schema, prompt_text
from language.sentences import one_line

from ..writing.model import SOURCE, as_it_was
from .posts import Line, Part, Script

_CLAIM = re.compile(r"^Claim (\d+): (.*)$", re.MULTILINE)
_NEXT_CLAIM = re.compile(r"^(?=Claim \d+: )", re.MULTILINE)


class Writer:
    """The responder of one script."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self.missed: list[str] = []

    def __call__(self, body: dict[str, Any]) -> str:
        said = prompt_text(body)
        if shape := body.get("response_format"):
            return json.dumps(self._object(said, shape.get("json_schema", {}).get("schema", {})))
        if "\nSection: " not in said:
            return _text(self._script.close if "last paragraph" in said else self._script.lead, {})
        if not (sources := SOURCE.findall(said)):
            return as_it_was(said)
        section = next(each for each in self._script.sections if f"Section: {each.heading}\n" in said)
        return _text(section, {line.quote: self._number(line, sources) for line in self._script.lines if line.quote})

    def _object(self, said: str, schema: dict[str, Any]) -> dict[str, Any]:
        asked = schema.get("properties", {})
        if "verdicts" in asked:
            return {"verdicts": [self._verdict(part) for part in _NEXT_CLAIM.split(said)[1:]]}
        if "sentences" in asked:
            return {"sentences": [{"n": int(n), "text": ""} for n, _ in _CLAIM.findall(said)]}
        filled: dict[str, Any] = fill_schema(schema, said)
        if "titles" in asked:
            filled |= {"titles": [self._script.said["title"]], "description": ""}
        elif "sections" in asked:
            sections = [self._planned(each, SOURCE.findall(said)) for each in self._script.sections]
            told = {name: self._script.said[name] for name in ("title", "thesis")}
            filled |= {**told, "sections": sections}
        elif "questions" in asked:
            filled["questions"] = self._script.questions
        return filled

    def _planned(self, part: Part, sources: list[tuple[str, str]]) -> dict[str, Any]:
        self.missed += [f"not in the outline: {each.text}" for each in part.claims if not self._number(each, sources)]
        claims = [
            {"text": claim.text, "sources": [n] if (n := self._number(claim, sources)) else []} for claim in part.claims
        ]
        return {"heading": part.heading, "covers": part.covers, "claims": claims, "words": 0}

    def _number(self, line: Line, sources: list[tuple[str, str]]) -> int:
        return next((int(n) for n, text in sources if line.quote in text), 0)

    def _verdict(self, part: str) -> dict[str, Any]:
        match = _CLAIM.match(part)
        assert match is not None
        claim = one_line(match[2])
        line = next((each for each in self._script.lines if claim in one_line(each.text)), None)
        verdict = "no claim"
        if line is None:
            self.missed.append(f"unknown: {claim}")
        elif line.quote:
            verdict = "supported" if line.quote in one_line(part) else "not"
            if verdict == "not":
                self.missed.append(f"no such quote: {claim}")
        return {"n": int(match[1]), "verdict": verdict, "words": line.quote if line else ""}


def _text(part: Part, numbers: dict[str, int]) -> str:
    return "\n\n".join(" ".join(_cited(line, numbers.get(line.quote, 0)) for line in each) for each in part.paragraphs)


def _cited(line: Line, n: int) -> str:
    return f"{line.text[:-1]} [{n}]{line.text[-1]}" if n else line.text
