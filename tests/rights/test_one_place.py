"""Whose something is, is asked in the access modules; elsewhere nobody compares owners by themselves."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = ("runs", "ingestion", "agents", "staff", "genisys_site")
NAMES = {"owner", "owner_id"}
ASKS = {
    "filter",
    "exclude",
    "get",
    "aget",
    "first",
    "get_or_create",
    "aget_or_create",
    "update_or_create",
    "get_object_or_404",
}

ALLOWED = {
    ("runs/rules/audit.py", "name_for"): "words for the run's readers; nothing opens by it",
    ("runs/rules/quotas.py", "same_key"): "an idempotency key is its owner's: the constraint says so, too",
    ("runs/rules/quotas.py", "_admit"): "counts a person's runs, and shows none",
    ("ingestion/knowledge/removing.py", "runs_of"): "what goes with a site that was asked for: its owner's runs alone",
    ("runs/webhooks/models.py", "webhooks_of"): "the one place for webhooks",
}


def _direct(tree: ast.AST, where: str = "") -> list[tuple[str, int]]:
    """The functions that filter by an owner or compare one, with the line."""
    found = []
    for node in ast.iter_child_nodes(tree):
        inside = node.name if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else where
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in ASKS:
            found += [(inside, node.lineno) for keyword in node.keywords if keyword.arg in NAMES]
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            compared = any(isinstance(side, ast.Attribute) and side.attr in NAMES for side in sides)
            none = any(isinstance(side, ast.Constant) and side.value is None for side in sides)
            found += [(inside, node.lineno)] if compared and not none else []
        found += _direct(node, inside)
    return found


def test_owners_are_compared_in_the_access_modules_alone() -> None:
    met: set[tuple[str, str]] = set()
    wrong = []
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            name = str(path.relative_to(ROOT))
            if path.name == "access.py" or "migrations" in path.parts:
                continue
            for function, line in _direct(ast.parse(path.read_text(encoding="utf-8"))):
                met.add((name, function))
                if (name, function) not in ALLOWED:
                    wrong.append(f"{name}:{line} in {function}")
    assert not wrong, f"Ask own_… or visible_… of an access module instead, or say here why not: {wrong}"
    assert met == set(ALLOWED), "These exceptions are no longer needed."


@pytest.mark.parametrize(
    "planted",
    [
        "def f():\n    return Site.objects.filter(owner_id=request.user.pk)\n",
        "def f():\n    return mine.get(pk=1, owner=user)\n",
        "def f():\n    return post.owner_id == user.pk\n",
        "async def f():\n    return await get_object_or_404(Site, owner=user)\n",
    ],
)
def test_a_comparison_elsewhere_is_caught(planted: str) -> None:
    assert [function for function, _ in _direct(ast.parse(planted))] == ["f"]


def test_asking_whether_there_is_an_owner_at_all_is_none_of_it() -> None:
    assert not _direct(ast.parse("def f():\n    return run.owner is None\n"))
