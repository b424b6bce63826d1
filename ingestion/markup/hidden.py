"""What of a page people cannot see, taken out of its tree: attributes, inline styles, rules of its own style elements.

Not out goes what a click shows (panels that a button controls, tab panels), nor what holds the page itself: scripts
show an application's root, and hide it only until they run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from lxml import etree

from ingestion.markup.names import Sign, signs_of_names
from language.sentences import is_complete

_HIDES = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|font-size\s*:\s*0*\.?0+(?:px|em|rem|pt|%)?\s*(?:[;!}]|$)"
    r"|(?:^|[;\s{])(?:left|top|right|text-indent|margin-left|margin-top)\s*:\s*-\d{3,}(?:\.\d+)?(?:px|em|rem|vw|vh|%|pt)?"
    r"|clip\s*:\s*rect\(\s*(?:0|1px)(?:px)?[\s,]+(?:0|1px)|clip-path\s*:\s*inset\(\s*(?:50|100)%"
    r"|content-visibility\s*:\s*hidden",
    re.I,
)
_TINY = re.compile(r"(?:^|[;\s{])(?:max-)?(height|width)\s*:\s*[01](?:px)?\s*(?:[;!}]|$)", re.I)
_CLIPS = re.compile(r"overflow(?:-[xy])?\s*:\s*(?:hidden|clip)", re.I)
_FOR_READERS = re.compile(
    r"(?:^|[\s_-])(?:sr-only(?!-focusable)|visually-?hidden|screen-?reader(?:-text|-only)?|a-offscreen|off-?screen|"
    r"hidden-visually|u-hiddenVisually|hide-visually|element-invisible)(?:$|[\s_])",
    re.I,
)
_COMMENTS = re.compile(r"/\*.*?\*/", re.S)
_AT_BLOCK = re.compile(r"@[^{};@]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}")
_SIMPLE = re.compile(r"^(?:[a-z0-9]+)?([.#])((?:[\w-]|[^\x00-\x7f])+)$")
_INLINE = frozenset(
    ["span", "b", "i", "em", "strong", "small", "sup", "sub", "a", "font", "s", "u", "mark", "abbr", "time", "bdi"]
)
_CONTROLS = ("button", "input", "select", "textarea")
_MENUS = ("nav", "header", "footer", "menu", "form")
MOST_CSS_CHARS = 200_000
AT_ONCE = "for readers of the screen"
LARGE_SHARE = 0.6
"""What holds more of the page than this is the page, whatever hides it until a script runs."""


@lru_cache(maxsize=5_000)
def style_hides(style: str) -> bool:
    """Return whether declarations hide what they are for."""
    if _HIDES.search(style):
        return True
    return bool(_TINY.search(style) and _CLIPS.search(style))


@lru_cache(maxsize=20_000)
def _is_for_readers(classes: str) -> bool:
    return _FOR_READERS.search(classes) is not None


def hiding_names(tree: Any) -> set[str]:
    """Return “.class” and “#id” of what the page's own style elements hide, whatever the window's size."""
    hiding: set[str] = set()
    for sheet in tree.iter("style"):
        media = (sheet.get("media") or "").lower()
        text = sheet.text or ""
        if not text or (media and not re.search(r"\b(?:all|screen)\b", media)):
            continue
        if sheet.getparent() is not None and sheet.getparent().tag == "noscript":
            continue
        plain = _AT_BLOCK.sub("", _COMMENTS.sub("", text[:MOST_CSS_CHARS]))
        for selectors, declarations in _rules(plain):
            hides = style_hides(declarations)
            for selector in selectors.split(","):
                if simple := _SIMPLE.match(selector.strip()):
                    name = simple[1] + simple[2]
                    if hides:
                        hiding.add(name)
                    elif "display" in declarations or "visibility" in declarations:
                        hiding.discard(name)  # a later rule shows it again
    return hiding


def take_out(tree: Any, names: set[str]) -> None:
    """Remove what people cannot see; text that follows it stays. `names` are those of `hiding_names`."""
    found: dict[str, list[Any]] = {}
    for element in tree.iter(etree.Element):
        if element.attrib and (reason := _hidden_by(element, names)):
            found.setdefault(reason, []).append(element)
    if not found:
        return
    controlled = {name for each in tree.iter(etree.Element) if each.attrib for name in _controls(each)}
    total = _chars(tree)
    for reason, elements in found.items():
        gone = []
        for each in elements:
            if _may_be_shown(each, controlled):
                continue
            if _is_opened_by_what_precedes(each):
                _open(each)
            else:
                gone.append(each)
        if reason[0] in ".#" and sum(map(_chars, gone)) > LARGE_SHARE * total:
            continue  # a script takes the rule back, or there would be no page
        for each in gone:
            if reason == AT_ONCE or not _is_the_page(each, total):
                remove(each)


def _chars(element: Any) -> int:
    return sum(map(len, element.itertext()))


def remove(element: Any) -> None:
    """Take an element out of its tree, and leave the text behind it there."""
    parent = element.getparent()
    if parent is None:
        return
    if tail := element.tail:
        before = element.getprevious()
        if before is not None:
            before.tail = (before.tail or "") + tail
        else:
            parent.text = (parent.text or "") + tail
    parent.remove(element)


def _hidden_by(element: Any, names: set[str]) -> str:
    """Return by what an element is hidden: a name of the page's rules, or a word for its own attributes; else “”."""
    get: Callable[[str], str | None] = element.get
    if get("hidden") not in (None, "until-found") or ((style := get("style")) and style_hides(style)):
        return "itself"
    classes = get("class")
    if classes:
        if _is_for_readers(classes):
            return AT_ONCE
        if names:
            for each in classes.split():
                if "." + each in names:
                    return f".{each}"
    if get("aria-hidden") == "true" and not _seen_by_the_eye(element):
        return "itself"
    own = f"#{get('id') or ''}"
    return own if own in names else ""


def _seen_by_the_eye(element: Any) -> bool:
    """Return whether aria-hidden hides only from readers what has another wording for them: a price, a number."""
    return element.tag in _INLINE and any(character.isdigit() for character in "".join(element.itertext()))


def _controls(element: Any) -> list[str]:
    names = (element.get("aria-controls") or "").split()
    toggles = names or element.get("data-toggle") or element.get("data-bs-toggle")
    for attribute in ("data-target", "data-bs-target", "href") if toggles else ():
        value = element.get(attribute) or ""
        if value.startswith("#") and len(value) > 1:
            names.append(value[1:])
    return names


def _may_be_shown(element: Any, controlled: set[str]) -> bool:
    """Return whether a click shows it: an accordion's answer, a tab's panel."""
    if element.tag in ("dialog", "nav", "menu"):
        return False
    if element.get("role") == "tabpanel" or signs_of_names(element.get("class") or "") & Sign.FAQ:
        return True
    own = element.get("id")
    return bool(own) and own in controlled and element.get("role") not in ("dialog", "menu", "listbox", "alertdialog")


def _is_opened_by_what_precedes(element: Any) -> bool:
    """Return whether a button that opens and closes stands right before, and this is prose and not a menu."""
    before = element.getprevious()
    if before is None or element.tag in ("ul", "ol") or any(each.tag in _MENUS for each in element.iterancestors()):
        return False
    toggles = [each for each in before.iter("button", "a", "div", "span", "h2", "h3", "h4") if _opens(each)]
    linked = sum(_chars(link) for link in element.iter("a"))
    if len(toggles) != 1 or 2 * linked >= _chars(element) or next(element.iter(*_CONTROLS), None) is not None:
        return False
    return is_complete("".join(element.itertext()).strip())


def _open(element: Any) -> None:
    """Take away what hides an element, for those who read the tree next."""
    for name in ("hidden", "style"):
        element.attrib.pop(name, None)


def _opens(element: Any) -> bool:
    return element.get("aria-expanded") in ("true", "false") and not element.get("aria-haspopup")


def _is_the_page(element: Any, total: int) -> bool:
    return element.tag in ("body", "html", "main") or _chars(element) > LARGE_SHARE * total


def _rules(css: str) -> Iterator[tuple[str, str]]:
    """Yield the selectors and the declarations of each rule, the innermost of nested ones."""
    for part in css.split("}")[:-1]:
        before, brace, declarations = part.rpartition("{")
        if brace:
            yield before.rpartition("{")[2], declarations
