"""Text that a page carries as data for its scripts: JSON-LD, and the state of its app where that is plain JSON. Pure.

Read where the page shows next to nothing without its scripts. What is looked for are sentences and names: addresses,
class names, settings and translations of buttons are none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import lxml.html

MOST_CHARS = 60_000
MOST_VALUES = 20_000
LEAST_SENTENCE = 25
_STATE_IDS = frozenset(
    {"__NEXT_DATA__", "__NUXT_DATA__", "__APOLLO_STATE__", "ng-state", "serverApp-state", "shoebox-main"}
)
_TAG = re.compile(r"</?[a-z][^<>]*>", re.I)
_ASSIGNED = re.compile(
    r"(?:window\.)?__(?:NUXT|INITIAL_STATE|PRELOADED_STATE|APOLLO_STATE|INITIAL_DATA|DATA|STATE|REDUX_STATE)__\s*=\s*"
)
_NAMED = re.compile(
    r"^(?:title|heading|headline|name|question|answer|label|subtitle|text|body|content|description|summary|caption|price|"
    r"articleBody|html|markdown|paragraph|excerpt|quote|author|value|children|intro|lead|tagline)$",
    re.I,
)
_NO_TEXT = re.compile(
    r"class|style|css|href|url|src|slug|^id$|_id$|uuid|token|locale|i18n|translation|messages|^type$|icon|image|color|key$|hash|"
    r"script|query|path|config|env|feature_?flags|build|runtime|theme|__typename|mime|seo|robots|analytics|tracking|gtm",
    re.I,
)
_NO_SENTENCE = re.compile(
    r"^(?:https?:|/|#|\.|data:|\{|\[|<svg|var\(|[A-Za-z0-9+/=_-]{20,}$|[a-z]+(?:[-_][a-z0-9]+)+$|rgb|\d+px)"
)
_SPACED = re.compile(r"\s")
_CJK = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")
_LD_TEXT = ("headline", "name", "description", "articleBody", "text", "question", "reviewBody", "abstract")
_OF_OTHERS = frozenset(["review", "reviews", "author", "publisher", "breadcrumb", "@graph", "mainEntity"])


def objects_of(tree: Any) -> list[dict[str, Any]]:
    """Return the objects of a page's JSON-LD, those of a graph one by one; broken ones are left out."""
    found: list[dict[str, Any]] = []
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or "").lower():
            continue
        try:
            waiting = [json.loads((script.text or "").strip().rstrip(";"), strict=False)]
        except (ValueError, RecursionError):
            continue
        while waiting and len(found) < 200:
            each = waiting.pop(0)
            if isinstance(each, list):
                waiting = each[:200] + waiting
            elif isinstance(each, dict):
                found.append(each)
                waiting = [each[name] for name in ("@graph", "mainEntity") if name in each] + waiting
    return found


def linked_text(objects: list[dict[str, Any]]) -> str:
    """Return all texts of a page's JSON-LD, a paragraph a line, without what others say of it or it says of others."""
    # One more than elsewhere: the list of the objects counts, too.
    said = _named_texts(objects, _OF_OTHERS.__contains__, MOST_VALUES + 1)
    return "\n".join(line for name, text in said if name in _LD_TEXT for line in _lines(text))[:MOST_CHARS]


def text_of(tree: Any, objects: list[dict[str, Any]]) -> str:
    """Return what a page's data says, a paragraph a line; “” where it says nothing."""
    lines: dict[str, None] = {}
    chars = 0
    for text in (*_linked(objects), *_of_state(tree)):
        for line in _lines(text):
            if line not in lines:
                lines[line] = None
                chars += len(line)
        if chars > MOST_CHARS:
            break
    return "\n".join(lines)[:MOST_CHARS]


def _linked(objects: list[dict[str, Any]]) -> Iterator[str]:
    for each in objects:
        kind = str(each.get("@type"))
        if not re.search(
            r"Article|Posting|Question|Product|Recipe|Event|HowTo|WebPage|Service|Course|JobPosting|Software", kind
        ):
            continue
        for name in _LD_TEXT:
            if isinstance(value := each.get(name), str):
                yield value
        answer = each.get("acceptedAnswer")
        if isinstance(answer, dict) and isinstance(answer.get("text"), str):
            yield answer["text"]
        offer = each.get("offers")
        if isinstance(offer, dict) and offer.get("price"):
            yield f"{offer['price']} {offer.get('priceCurrency') or ''}"


def _of_state(tree: Any) -> Iterator[str]:
    for script in tree.iter("script"):
        text = script.text or ""
        if script.get("id") in _STATE_IDS:
            yield from _texts(_loaded(text))
        elif (start := _ASSIGNED.search(text[:300])) is not None:
            yield from _texts(_loaded(text[start.end() :]))


def _loaded(text: str) -> Any:
    try:
        return json.JSONDecoder(strict=False).raw_decode(text.strip())[0]
    except (ValueError, RecursionError):
        return None


def _texts(data: Any) -> Iterator[str]:
    """Yield the texts of parsed JSON that say something."""
    for name, text in _named_texts(data, lambda key: _NO_TEXT.search(key) is not None, MOST_VALUES):
        if _says_something(name, text):
            yield text


def _named_texts(data: Any, is_left_out: Callable[[str], bool], most: int) -> Iterator[tuple[str, str]]:
    """Yield the texts of parsed JSON, each with its key, in the order that they stand in, without recursion.

    What has a key that is left out is not looked at, and of all values no more than `most` are.
    """
    waiting: list[tuple[str, Any]] = [("", data)]
    seen = 0
    while waiting and seen < most:
        name, value = waiting.pop()
        seen += 1
        if isinstance(value, dict):
            waiting += [(str(key), each) for key, each in reversed(value.items()) if not is_left_out(str(key))]
        elif isinstance(value, list):
            waiting += [(name, each) for each in reversed(value)]
        elif isinstance(value, str):
            yield name, value


def _says_something(name: str, value: str) -> bool:
    value = value.strip()
    if not value or _NO_SENTENCE.match(value):
        return False
    if _NAMED.match(name):
        return any(map(str.isalnum, value)) and (len(value) > 2 or bool(_CJK.search(value)))
    if len(_CJK.findall(value)) >= LEAST_SENTENCE // 2:
        return True
    return len(value) >= LEAST_SENTENCE and len(_SPACED.findall(value)) >= 4


def _lines(text: str) -> list[str]:
    if "<" in text and _TAG.search(text):
        try:
            tree = lxml.html.fragment_fromstring(text, create_parent="div")
        except Exception:  # lxml raises many kinds on broken trees
            return []
        for each in tree.iter("p", "div", "li", "h1", "h2", "h3", "h4", "br", "tr", "td"):
            each.tail = "\n" + (each.tail or "")
        text = tree.text_content()
    return [line for each in text.splitlines() if (line := " ".join(each.split()))]
