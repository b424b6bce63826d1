"""Rights hold at every step: a step's input can be edited, so whose a row is, is asked at each call."""

from __future__ import annotations

import ast
import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.apps import apps
from django.forms.models import model_to_dict
from pydantic import BaseModel

from agents.models import Blog, Citation, HandOver, Post
from genisys import workflow
from genisys.host import new_run_id
from genisys.testing import FakeProvider, run_in_memory
from ingestion.models import Page, Passage, Site
from runs.models import Run
from tests.rights import steps

ROOT = Path(__file__).resolve().parents[2]
SECRET = "Quicksilver"
"""Stands in every text of the stranger's rows."""


class Call(BaseModel):
    component: str
    arguments: dict[str, Any]


class Answer(BaseModel):
    output: Any = None


@workflow(name="call-one-step")
async def call_one_step(call: Call) -> Answer:
    """Calls a component with JSON arguments, as a fork at it does."""
    component = steps.components()[call.component]
    args, kwargs = component.parameters.read(call.arguments)
    output = await component(*args, **kwargs)
    return Answer(output=json.loads(json.dumps(output, default=lambda each: each.model_dump(mode="json"))))


# The table


def test_every_field_of_every_component_has_its_row() -> None:
    known = set(steps.NAMING)
    for name, component in steps.components().items():
        for path in steps.fields(component):
            known.discard((name, path))
            rows = [
                (name, path) in steps.NAMING,
                any(path.endswith(each) for each in steps.NOT_LOOKED_UP) and (name, path) not in steps.NAMING,
                path.rsplit(".", 1)[-1] in steps.PLAIN,
            ]
            assert sum(rows) == 1, f"{name}: what does {path} name? Say it once in tests/rights/steps.py."
    assert not known, f"These fields are there no more: {known}"


def _rows() -> list[dict[str, Any]]:
    return [
        {**model_to_dict(row), "pk": row.pk, "model": model.__name__}
        for model in (Site, Page, Passage, Post, Citation, Blog, HandOver)
        for row in model._default_manager.order_by("pk")
    ]


class _Two:
    """Two people who have the same of everything."""

    def __init__(self, people: Any) -> None:
        self.mine, self.theirs = (
            self._of(people.create_user(name, f"{name}@example.test", "x"), text)
            for name, text in (("owner", "Ordinary valves"), ("stranger", SECRET))
        )

    @staticmethod
    def _of(person: Any, text: str) -> dict[str, Any]:
        site = Site.objects.create(owner=person, url="http://127.0.0.1:1/", title=text, profile={"what": text})
        page = Page.objects.create(
            site=site, url="http://127.0.0.1:1/valves", title=text, text=f"{text} and pumps. " * 9, outcome="ok"
        )
        passage = Passage.objects.create(page=page, ordinal=0, heading=text, text=f"{text} of valves and pumps. " * 9)
        post = Post.objects.create(owner=person, topic=text, title=text, markdown=text)
        blog = Blog.objects.create(owner=person, kind="ghost", address="https://ghost.invalid", sealed_secret=text)
        return {
            "person": person,
            steps.SITE: str(site.pk),
            steps.PAGE: page.pk,
            steps.PASSAGE: passage.pk,
            steps.POST: str(post.pk),
            steps.BLOG: str(blog.pk),
        }


@pytest.fixture
def two(transactional_db: None, django_user_model: Any) -> _Two:
    return _Two(django_user_model.objects)


def _cases() -> Iterator[Any]:
    for component, path in steps.NAMING:
        for id_ in ("theirs", "nobody's", "broken"):
            yield pytest.param(component, path, id_, id=f"{component}-{path}-{id_}")


def _key_of(kind: str, whose: str, two: _Two) -> Any:
    if whose == "theirs":
        return two.theirs[kind]
    if kind == steps.PAGE:
        return 10**30 if whose == "broken" else 99_999_999
    return "'; --" if whose == "broken" else str(uuid.UUID(int=7))


@pytest.mark.parametrize(("component", "path", "whose"), list(_cases()))
async def test_a_step_with_a_foreign_id_reads_and_writes_nothing_of_it(
    component: str, path: str, whose: str, two: _Two, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.INGEST_ALLOWED_PRIVATE_HOSTS = ["127.0.0.1"]
    monkeypatch.setattr("random.uniform", lambda low, high: low)
    # The sample is no post that could be published; whether it is, is asked before it is saved.
    monkeypatch.setattr("agents.workflow.grounding.check_post", lambda *_, **__: [])
    monkeypatch.setattr("agents.workflow.faults", lambda *_: [])
    step = steps.components()[component]
    own = {name: two.mine[kind] for (of, name), kind in steps.NAMING.items() if of == component}
    before = await sync_to_async(_rows)()
    async with FakeProvider(responder=lambda body: "{}") as provider:
        settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL, settings.GENISYS_MODEL = "t", provider.base_url, "scripted"
        # It knows no pages, which forbids none: what comes of an address is the same for all.
        url = provider.base_url.removesuffix("v1")
        given = {**own, path: _key_of(steps.NAMING[component, path], whose, two), "url": url}
        arguments = {name: steps.sample(step.hints[name], name, given) for name in step.signature.parameters}
        report = await _called(component, arguments, two.mine["person"])
        asked = json.dumps(provider.requests)
    assert report.error is not None, "a foreign id was taken"
    assert "among yours" in report.error.message, report.error
    assert SECRET not in json.dumps([asked, report.events, report.output], default=str)
    after = await sync_to_async(_rows)()
    theirs = [row for row in before if SECRET in json.dumps(row, default=str)]
    assert len(theirs) == 4
    assert [row for row in after if SECRET in json.dumps(row, default=str)] == theirs
    assert [(row["model"], row["pk"]) for row in after] == [(row["model"], row["pk"]) for row in before]


async def test_the_same_steps_take_the_owners_own(two: _Two, settings: Any) -> None:
    """Else the refusals above would prove nothing."""
    for component, arguments in (
        ("search_pages", {"site_ids": [two.mine[steps.SITE]], "queries": ["valves"]}),
        ("mark_failed", {"site_id": two.mine[steps.SITE], "url": "http://127.0.0.1:1/gone", "note": "it is gone"}),
    ):
        report = await _called(component, arguments, two.mine["person"])
        assert report.error is None, report.error


async def test_a_run_of_nobody_reaches_nobodys_rows_alone(two: _Two) -> None:
    for whose in (two.mine, two.theirs):
        report = await _called("search_pages", {"site_ids": [whose[steps.SITE]], "queries": ["valves"]}, None)
        assert "among yours" in report.error.message
    site = await Site.objects.acreate(owner=None, url="http://127.0.0.1:2/")
    report = await _called("search_pages", {"site_ids": [str(site.pk)], "queries": ["valves"]}, None)
    assert report.output == Answer(output=[[]])


async def _called(component: str, arguments: dict[str, Any], owner: Any) -> Any:
    run_id = new_run_id()
    await Run.objects.acreate(pk=run_id, workflow="call-one-step", owner=owner, deployment="test", input={})
    return await run_in_memory(call_one_step, Call(component=component, arguments=arguments), run_id=run_id)


# The one place


APPS = ("agents", "ingestion", "runs")
MANAGERS = {"objects", "_default_manager", "_base_manager", "raw", "extra", "_meta"}
OTHER_DOORS = {
    "django.db": {"connection", "connections"},
    "django.apps": {"apps"},
    "django.contrib.auth": {"get_user_model"},
    "asgiref.sync": {"sync_to_async", "async_to_sync"},
    "importlib": {"import_module"},
}
"""Of each module what leads to rows without a model's manager, or makes an async database function otherwise."""
MODELS = {model.__name__ for model in apps.get_models() if model.__module__.split(".")[0] in APPS}
WITHOUT_RIGHTS = {
    "ingestion/models.py": "describes the rows",
    "agents/models.py": "describes the rows",
    "runs/models/run.py": "describes the rows",
    "runs/models/record.py": "describes the rows",
    "runs/models/people.py": "describes the rows",
    "runs/models/credentials.py": "describes the rows",
    "runs/webhooks/models.py": "describes the rows",
    "runs/rules/owned.py": "is the one place",
    "ingestion/search/searching.py": "searches the sites it is given: by what `for_run_owner` made, and by views",
    "ingestion/search/candidates.py": "is what that search asks the database, with the sites that it was given",
}
SEARCHES = {"search", "asearch"}


def _path(module: str) -> Path | None:
    inside = ROOT / module.replace(".", "/")
    return next((path for path in (inside.with_suffix(".py"), inside / "__init__.py") if path.exists()), None)


def _reached() -> dict[str, ast.Module]:
    """The modules that a component of the products can reach, parsed."""
    waiting = sorted({component.body.__module__ for component in steps.components().values()})
    found: dict[str, ast.Module] = {}
    while waiting:
        module = waiting.pop()
        path = _path(module)
        if path is None or (name := str(path.relative_to(ROOT))) in found:
            continue
        found[name] = tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                waiting += [each.name for each in node.names if each.name.split(".")[0] in APPS]
            if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in APPS:
                waiting += [node.module, *(f"{node.module}.{each.name}" for each in node.names)]
    return found


def _owned(node: ast.AST) -> bool:
    decorators = getattr(node, "decorator_list", ())
    return any(isinstance(each, ast.Name) and each.id == "for_run_owner" for each in decorators)


def _names_of_models(tree: ast.AST) -> frozenset[str]:
    """What the module calls models: their names, and those it imports them under; not what is only named alike."""
    names = set(MODELS) - {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            for each in node.names:
                if "models" in (node.module or "").split(".") and each.name in MODELS:
                    names.add(each.asname or each.name)
                else:
                    names.discard(each.asname or each.name)
    return frozenset(names)


def _last_name(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _ways_past(
    tree: ast.AST, inside_owned: bool = False, into_a_row: bool = False, models: frozenset[str] = frozenset()
) -> list[int]:
    """The lines on which rows are reached other than through a `Mine`.

    New rows are made by the manager of a row that one has, or given to its `bulk_create`: `page.passages.bulk_create`.
    """
    lines = []
    models = models or _names_of_models(tree)
    for node in ast.iter_child_nodes(tree):
        owned = inside_owned or _owned(node)
        filed = into_a_row
        if isinstance(node, ast.Call):
            called = _last_name(node.func)
            if called == "bulk_create" and isinstance(node.func, ast.Attribute):
                filed = isinstance(node.func.value, ast.Attribute)
            if called in (MODELS if isinstance(node.func, ast.Attribute) else models) and not filed:
                lines.append(node.lineno)
            if called in ("getattr", "__import__", "get_model") or called.startswith("import_"):
                lines.append(node.lineno)
        if isinstance(node, ast.Attribute) and node.attr in MANAGERS:
            lines.append(node.lineno)
        if isinstance(node, ast.ImportFrom):
            names = {each.name for each in node.names}
            asks = {name for name in names if name.startswith(("own_", "visible_", "get_object", "aget_object"))}
            whole_models = (node.module or "").startswith("django.contrib.") and (node.module or "").endswith(".models")
            if asks or whole_models or names & OTHER_DOORS.get(node.module or "", set()):
                lines.append(node.lineno)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in SEARCHES and not owned:
            lines.append(node.lineno)
        lines += _ways_past(node, owned, filed, models)
    return lines


def test_steps_reach_rows_through_the_owner_alone() -> None:
    reached = _reached()
    assert {"ingestion/repository/pages.py", "agents/library.py", "ingestion/steps/fetching.py"} <= set(reached)
    for name, tree in reached.items():
        if name not in WITHOUT_RIGHTS:
            assert not _ways_past(tree), (
                f"{name}: take rows from a `Mine` (runs/rules/owned.py), lines {_ways_past(tree)}"
            )


@pytest.mark.parametrize(
    "planted",
    [
        "def f(key):\n    return Page.objects.get(pk=key)\n",
        "@for_run_owner\ndef f(mine, key):\n    return Page.objects.get(pk=key)\n",
        "def f(key):\n    return Page._default_manager.filter(pk=key)\n",
        "from django.db import connection\n",
        "from ingestion.access import own_sites\n",
        "def f(ids):\n    return search(ids, 'valves')\n",
        "def f(key):\n    Page(site_id=key, url='/').save()\n",
        "from ingestion.models import Page as P\ndef f(key):\n    P(site_id=key, url='/').save()\n",
        "def f(key):\n    models.Citation(post_id=key).save()\n",
        "def f(key):\n    bulk_create(Page(site_id=key))\n",
        "def f(key):\n    return getattr(Page, 'objects').get(pk=key)\n",
        "from django.apps import apps\n",
        "from django.contrib.auth.models import User\n",
        "from asgiref.sync import sync_to_async\n",
        "from django.shortcuts import get_object_or_404\n",
    ],
)
def test_a_way_past_the_owner_is_caught(planted: str) -> None:
    assert _ways_past(ast.parse(planted))
