"""What a page gives to be judged by: its words, its forms, its scripts, the marks of those who put walls before sites.

Collected where the page is parsed, since it needs the whole of its HTML; judged in `verdict`, with the answer's status.
"""

from __future__ import annotations

import re
from typing import Any

from lxml import etree
from pydantic import BaseModel

from ingestion.outcomes.marks import marks_in

MARKED_WHEN_BELOW = 350.0
"""Walls say less than this; the marks of their makers are looked for in no longer page."""
MOST_SAID_CHARS = 6_000
_CJK = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")
_WORD = re.compile(r"\w+")
_EMPTY_ROOT = re.compile(
    r"^(?:root|app|__next|__nuxt|___gatsby|svelte|main-app|application|q-app|react-root|ember.*|mount|container)$"
)
_ROOT_TAGS = ("app-root", "my-app", "ion-app", "app-shell", "flt-glass-pane", "flutter-view")
_MAY_BE_ROOT = etree.XPath(
    "body[1]/descendant-or-self::*[@id or @data-reactroot or @ng-app or @ng-version or "
    + " or ".join(f"self::{tag}" for tag in _ROOT_TAGS)
    + "]"
)
_CJK_PER_WORD = 2.0
LEAST_PARAGRAPH = 12.0


class Evidence(BaseModel):
    """Amounts are in words, where two characters of a script without spaces count as one."""

    title: str = ""
    h1: str = ""
    said: str = ""
    main: str = ""
    amount: float = 0.0
    main_amount: float = 0.0
    paragraphs: int = 0
    links: int = 0
    headings: int = 0
    scripts: int = 0
    empty_root: bool = False
    password: bool = False
    email: bool = False
    fields: int = 0
    marks: dict[str, list[str]] = {}
    not_free: bool = False
    noindex: bool = False
    refresh: bool = False
    text_as_data: bool = False
    asks_for_script: bool = False


def amount_of(text: str) -> float:
    """Return how much a text says, in words: two characters of a script without spaces count as one."""
    without = 0 if text.isascii() else len(_CJK.findall(text))
    spaced = _CJK.sub(" ", text) if without else text
    return without / _CJK_PER_WORD + len(_WORD.findall(spaced))


def collect(tree: Any, html: str) -> Evidence:
    """Return what stands in the page's own markup. `tree` still holds its scripts and what it hides."""
    found = Evidence()
    found.scripts = sum(1 for _ in tree.iter("script"))
    for element in tree.iter("input"):
        kind = (element.get("type") or "text").lower()
        found.password |= kind == "password"
        name = f"{kind} {element.get('name')} {element.get('id')} {element.get('autocomplete')}".lower()
        found.email |= kind == "email" or "email" in name or "username" in name
        found.fields += kind not in ("hidden", "submit", "button", "image", "checkbox", "radio", "search")
    found.empty_root = _has_empty_root(tree)
    found.asks_for_script = any("javascript" in (each.text_content() or "").lower() for each in tree.iter("noscript"))
    for meta in tree.iter("meta"):
        name, content = (meta.get("name") or "").lower(), (meta.get("content") or "").lower()
        if name in ("robots", "genisysbot") and re.search(r"\bnoindex\b|\bnone\b", content):
            found.noindex = True
        if (meta.get("http-equiv") or "").lower() == "refresh":
            found.refresh = True
    found.not_free = bool(re.search(r'"isAccessibleForFree"\s*:\s*"?(?:false|False)', html))
    return found


def complete(found: Evidence, html: str, *, title: str, heading: str, said: str, main: str, links: int) -> None:
    """Add what is known once the page's text has been told apart. `said` is all of its text, `main` the page's own."""
    found.title, found.h1, found.links = title, heading, links
    found.said = said[:MOST_SAID_CHARS]
    found.amount, found.main_amount = amount_of(said), amount_of(main)
    lines = main.splitlines()
    found.headings = sum(line.startswith("## ") for line in lines)
    found.paragraphs = sum(amount_of(line) >= LEAST_PARAGRAPH for line in lines if not line.startswith("## "))
    found.main = main[:MOST_SAID_CHARS]
    if found.amount < MARKED_WHEN_BELOW:
        found.marks = marks_in(html)


def _has_empty_root(tree: Any) -> bool:
    for element in _MAY_BE_ROOT(tree):
        named = _EMPTY_ROOT.match(element.get("id") or "") or element.get("data-reactroot") is not None
        if (named or element.tag in _ROOT_TAGS or element.get("ng-app") or element.get("ng-version")) and amount_of(
            _own_text(element)
        ) < 12:
            return True
    return False


def _own_text(element: Any) -> str:
    parts: list[str] = []
    for each in element.iter():
        if isinstance(each.tag, str) and each.tag not in ("script", "style", "noscript", "template", "svg"):
            parts.append(each.text or "")
        if each is not element:
            parts.append(each.tail or "")
        if len(parts) > 400:
            break
    return " ".join(parts)
