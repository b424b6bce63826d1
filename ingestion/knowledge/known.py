"""What is known of a site, as a person reads it: its profile under labels, its facts with where each stands. Pure."""

from __future__ import annotations

from typing import Any

from ingestion.understanding.profiles import BY_PERSON
from ingestion.web.links import place_of

FRAGMENT_CHARS = 80
_KINDS = {
    "offer": "Products and services",
    "price": "Prices",
    "audience": "For whom",
    "proof": "Proof",
    "answer": "Questions answered",
    "term": "Terms",
    "rule": "Rules",
    "person": "People",
    "place": "Places",
    "event": "Dates",
    "other": "More facts",
}


def facts(profile: dict[str, Any]) -> list[dict[str, str]]:
    """Return what a profile says, under the labels people read; an empty text means: not established."""
    facts = [
        ("What they do", profile.get("what", ""), profile.get("what_by", "")),
        ("Audience", profile.get("audience", ""), profile.get("audience_by", "")),
        ("Tone", profile.get("tone", ""), profile.get("tone_by") or ("measured" if profile.get("tone") else "")),
        ("Topics", ", ".join(profile.get("topics") or []), ""),
    ]
    return [{"label": label, "text": text, "by": profile_credit(by)} for label, text, by in facts]


def known_of(profile: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what is known, kind by kind, each fact with where it stands and what speaks against it."""
    return [
        {"label": label, "facts": [_shown(fact) for fact in profile["known"][kind]]}
        for kind, label in _KINDS.items()
        if profile.get("known", {}).get(kind)
    ]


def _shown(fact: dict[str, Any]) -> dict[str, Any]:
    replaced = [_beside(each, "An older page says otherwise") for each in fact["older"]]
    disputed = [_beside(each, "Another page says otherwise, and no date decides") for each in fact["disputed"]]
    return {
        "statement": fact["statement"],
        "sources": [{**source, "place": _place_of(source)} for source in fact["sources"]],
        "against": replaced + disputed,
    }


def _beside(fact: dict[str, Any], words: str) -> dict[str, str]:
    return {"words": words, "statement": fact["statement"], "place": _place_of(fact["sources"][0])}


def _place_of(source: dict[str, Any]) -> str:
    return place_of(source["url"], source["quote"], most_chars=FRAGMENT_CHARS)


def profile_credit(by: str) -> str:
    """Return in words where a text of a site's profile comes from."""
    if by == "extract":
        return "in the site's own words"
    if by == BY_PERSON:
        return "set by you"
    if by == "measured":
        return "counted in its sentences"
    return f"written by {by}" if by else ""
