"""Every regular expression of the packages, found by walking them, and texts on which a slow one would show.

Patterns are found in two ways that check each other: compiled objects by going through what the modules hold, and
calls of `re` with a pattern in the source. The texts are made from each pattern's own parse tree (a repeat that
can be left in two ways is what makes a pattern slow) and from a list of what has been slow elsewhere.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from types import ModuleType
from typing import Any

import re2

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("genisys", "language", "runs", "ingestion", "agents", "staff", "genisys_site")
NOT_IMPORTED = re.compile(r"\.(migrations|__main__|management\.commands)(\.|$)")
CALLS = {"search", "match", "fullmatch", "split", "findall", "finditer", "sub", "subn", "compile"}
DEEPEST = 4

SLOW_ELSEWHERE = (
    *(
        " ",
        "\t",
        "\n",
        " \n",
        "\n ",
        "a ",
        "a",
        "A",
        "0",
        ".",
        "a.",
        "a.a.",
        "Mr. ",
        ",",
        "1,",
        "1.",
        "-",
        "_",
        "/",
        ":",
    ),
    *(
        "`",
        "``",
        "` ",
        "[",
        "]",
        "[]",
        "[a](",
        "![",
        "![](",
        "(",
        ")",
        "<",
        ">",
        "</",
        "<a ",
        "<!--",
        "&",
        "&amp",
        '"',
        "'",
    ),
    *(
        "*",
        "**",
        "# ",
        "\n#",
        "- ",
        "\n- ",
        "|",
        "||",
        "\\",
        "~~~\n",
        "```\n",
        "system",
        "\nsystem ",
        "<page ",
        "<|",
        "<|a",
    ),
    *(
        "http://",
        "a://",
        "://a:b",
        "user@",
        "sk-",
        "Bearer ",
        "é",
        "日",
        "。",
        "\u200b",
        "\u00ad",
        "\U0001f3f4",
        "\U000e0041",
    ),
)


def modules() -> Iterator[ModuleType]:
    """Every module of the packages but migrations and programs."""
    for name in PACKAGES:
        package = importlib.import_module(name)
        yield package
        for found in pkgutil.walk_packages(package.__path__, f"{name}."):
            if not NOT_IMPORTED.search(found.name):
                yield importlib.import_module(found.name)


def compiled() -> dict[str, re.Pattern[Any]]:
    """The patterns that modules and classes hold, in containers too, and the literals in calls, by where they are."""
    found: dict[str, re.Pattern[Any]] = {}
    for where, pattern in _all_held(re.Pattern):
        if pattern not in found.values():
            found[where] = pattern
    held = {pattern.pattern for pattern in found.values()}
    found |= {where: re.compile(literal) for where, _, literal in written() if literal and literal not in held}
    return found


def of_re2() -> dict[str, Any]:
    """The patterns of RE2 that modules hold, by where they are."""
    return dict(_all_held(type(re2.compile(""))))


def _all_held(kind: type) -> Iterator[tuple[str, Any]]:
    for module in modules():
        yield from _held(vars(module), module.__name__, module.__name__, 0, kind)


def _held(value: Any, where: str, module: str, depth: int, kind: type) -> Iterator[tuple[str, Any]]:
    if isinstance(value, kind):
        yield where, value
    elif depth > DEEPEST:
        return
    elif isinstance(value, dict):
        for name, each in list(value.items()):
            if not (isinstance(name, str) and name.startswith("__")):
                yield from _held(each, f"{where}.{name}", module, depth + 1, kind)
    elif isinstance(value, list | tuple | set | frozenset):
        for number, each in enumerate(value):
            yield from _held(each, f"{where}[{number}]", module, depth + 1, kind)
    elif isinstance(value, type) and value.__module__ == module:
        yield from _held(dict(vars(value)), where, module, depth + 1, kind)
    elif getattr(type(value), "__module__", "").split(".")[0] in PACKAGES:
        fields = [name for each in type(value).__mro__ for name in getattr(each, "__slots__", ())]
        held = {name: getattr(value, name, None) for name in fields} | getattr(value, "__dict__", {})
        yield from _held(held, where, module, depth + 1, kind)


def written() -> Iterator[tuple[str, ast.Call, str | None]]:
    """The calls of `re` in the sources: where, the call, and its pattern where that is a plain literal."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if _is_call_of_re(node):
                    given = node.args[0] if node.args else None
                    literal = given.value if isinstance(given, ast.Constant) and isinstance(given.value, str) else None
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node, literal


def _is_call_of_re(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "re"
        and node.func.attr in CALLS
    )


# Texts


def texts_for(pattern: re.Pattern[Any]) -> list[tuple[str, str, str]]:
    """Return beginnings, pumps and ends: a text is a beginning, a pump many times over, and an end that fits not."""
    try:
        tree = parser.parse(pattern.pattern, getattr(pattern, "flags", 0) & ~re.DEBUG)
    except re.error:
        return [("", pump, "\x00") for pump in SLOW_ELSEWHERE]
    repeats = list(dict.fromkeys(_repeats(tree)))[:10]
    beginnings = list(dict.fromkeys(["", *_beginnings(tree)]))[:4]
    pairs = [first + second for first in repeats[:4] for second in repeats[:4] if first != second]
    own = [(start, pump, "\x00") for start in beginnings for pump in [*repeats, *pairs, _sample(tree)] if pump]
    return list(dict.fromkeys([*own, *(("", pump, "\x00") for pump in SLOW_ELSEWHERE)]))


def _repeats(tree: Any) -> Iterator[str]:
    """What each repeat without a near bound takes once."""
    for code, value in tree:
        if code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            _, most, inner = value
            if most > 20:
                yield from _choices(inner)
            yield from _repeats(inner)
        elif code is codes.SUBPATTERN:
            yield from _repeats(value[-1])
        elif code is codes.BRANCH:
            for branch in value[1]:
                yield from _repeats(branch)
        elif code in (codes.ASSERT, codes.ASSERT_NOT):
            yield from _repeats(value[1])


def _beginnings(tree: Any) -> Iterator[str]:
    """What stands before each repeat."""
    so_far = ""
    for item in tree:
        code, value = item
        if code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            yield so_far
        elif code is codes.SUBPATTERN:
            yield from (so_far + inner for inner in _beginnings(value[-1]))
        elif code is codes.BRANCH:
            for branch in value[1][:4]:
                yield from (so_far + inner for inner in _beginnings(branch))
        so_far += _sample([item])


def _choices(tree: Any) -> list[str]:
    """Some texts that the tree matches: one of each kind of character where it is a set."""
    if len(tree) == 1 and tree[0][0] is codes.IN:
        return _of_set(tree[0][1])
    return [_sample(tree)]


def _sample(tree: Any) -> str:
    return "".join(_sample_of(code, value) for code, value in tree)


def _sample_of(code: Any, value: Any) -> str:
    if code is codes.LITERAL:
        return chr(value)
    if code is codes.NOT_LITERAL:
        return "a" if value != ord("a") else "b"
    if code is codes.ANY:
        return "a"
    if code is codes.IN:
        return _of_set(value)[0]
    if code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
        least, _, inner = value
        return _sample(inner) * min(max(least, 1), 40)
    if code is codes.SUBPATTERN:
        return _sample(value[-1])
    if code is codes.BRANCH:
        return _sample(value[1][0])
    if code is codes.ATOMIC_GROUP:
        return _sample(value)
    return ""


_OF_CATEGORY = {
    codes.CATEGORY_DIGIT: "0",
    codes.CATEGORY_NOT_DIGIT: "a",
    codes.CATEGORY_SPACE: " ",
    codes.CATEGORY_NOT_SPACE: "a",
    codes.CATEGORY_WORD: "a",
    codes.CATEGORY_NOT_WORD: ".",
}
_CANDIDATES = "a0 .A-_/\n\té日:,[]()<>`\"'*\\#"


def _of_set(items: Iterable[Any]) -> list[str]:
    items = list(items)
    if items and items[0][0] is codes.NEGATE:
        refused = {ord(each) for code, value in items[1:] for each in _of_item(code, value)}
        return [each for each in _CANDIDATES if ord(each) not in refused][:6] or ["\u0416"]
    return list(dict.fromkeys(each for code, value in items for each in _of_item(code, value)))[:8] or ["a"]


def _of_item(code: Any, value: Any) -> str:
    if code is codes.LITERAL:
        return chr(value)
    if code is codes.RANGE:
        return chr(value[0])
    return _OF_CATEGORY.get(value, "a")
