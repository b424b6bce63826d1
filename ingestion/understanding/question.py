"""What a model is asked about a part of a page. Pure. The page goes in between fences, as data."""

from __future__ import annotations

from typing import Any

from ingestion.describing.prompts import Question
from ingestion.text.fencing import fenced
from ingestion.understanding.parts import PART_CHARS
from ingestion.understanding.understood import ENTITY_KINDS, FACT_KINDS, PAGE_KINDS

MOST_FACTS = 12
SUMMARY_CHARS = 400
_ANSWER_TOKENS = 2000
_BRIEF_TOKENS = 220

_TASK = f"""\
This is a page of a web site, or a part of one. Say what it says, in the page's language, as JSON:
"type": what kind of page it is; "summary": one or two sentences on what a reader learns here;
"facts": up to {MOST_FACTS} things that the page states and that somebody who writes about this site would want to know,
the most telling first. Each has a "statement" (one complete sentence that can be understood without the page), the
"quote" it rests on (words of the page, copied character for character, without leaving anything out), its "kind", what
it is "about" (a name or a few words) and a "date" (ISO 8601) where the page gives one for it, else "".
Kinds: offer (what is sold or done), price, audience (for whom), proof (a customer, figure, award), answer (to a
question that the page asks), term (what a word means), person, place, event, rule (what must, may or can be done),
other; "entities": who and what is named; "audience": for whom the page is, or ""; "questions": up to 5 that it
answers; "topics": 2 to 4, in a few words. What the page does not say is left out."""


_BRIEF_TASK = 'Summarize this page in one sentence and list its topics, as JSON with "summary" and "topics".'
BRIEF_CHARS = 1000


def briefly_about_page(title: str, text: str) -> Question:
    """Ask a model that is too small for facts what a page is about, from its beginning."""
    page = fenced("page", f"{title[:200]}\n{text}"[:BRIEF_CHARS])
    return Question(
        name="page", text=f"{_BRIEF_TASK}\n\n{page}", material=page, schema=_BRIEF_SCHEMA, tokens=_BRIEF_TOKENS
    )


def about_page(title: str, part: str) -> Question:
    """Ask what a part of a page says."""
    page = fenced("page", f"{title[:200]}\n{part[:PART_CHARS]}")
    return Question(name="page", text=f"{_TASK}\n\n{page}", material=page, schema=_SCHEMA, tokens=_ANSWER_TOKENS)


def _text(most: int) -> dict[str, Any]:
    return {"type": "string", "maxLength": most}


def _one_of(values: tuple[str, ...]) -> dict[str, Any]:
    return {"type": "string", "enum": list(values)}


def _many(item: dict[str, Any], most: int) -> dict[str, Any]:
    return {"type": "array", "items": item, "maxItems": most}


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


_SCHEMA = _object(
    type=_one_of(PAGE_KINDS),
    summary=_text(SUMMARY_CHARS),
    facts=_many(
        _object(statement=_text(300), quote=_text(400), kind=_one_of(FACT_KINDS), about=_text(80), date=_text(25)),
        MOST_FACTS,
    ),
    entities=_many(_object(name=_text(80), kind=_one_of(ENTITY_KINDS)), 20),
    audience=_text(120),
    questions=_many(_text(160), 5),
    topics=_many(_text(40), 4),
)
_BRIEF_SCHEMA = _object(summary=_text(200), topics=_many(_text(40), 4))
