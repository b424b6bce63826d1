"""What each field of each step's input names: the rights table of the products' components, as data.

`field` paths are those of the JSON input, `[]` for the items of a list. Every field of every component stands in one of
the three: NAMING, with the model whose row it names, NOT_LOOKED_UP, with the reason, or PLAIN.
"""

from __future__ import annotations

import importlib
import pkgutil
import types
import typing
from typing import Any

from pydantic import BaseModel

import agents
import ingestion
from genisys import Component

SITE, PAGE, PASSAGE, POST, BLOG = "site", "page", "passage", "post", "blog"

NAMING = {
    ("look_over", "request.site_id"): SITE,
    ("look_over", "request.post_id"): POST,
    ("search_pages", "site_ids[]"): SITE,
    ("search_facts", "site_ids[]"): SITE,
    ("read_around", "site_ids[]"): SITE,
    ("find_chapters", "site_ids[]"): SITE,
    ("digest", "found.context.site_ids[]"): SITE,
    ("assign", "found.context.site_ids[]"): SITE,
    ("research", "context.site_ids[]"): SITE,
    ("finish", "post_id"): POST,
    ("take_up", "post_id"): POST,
    ("keep_revision", "draft.post_id"): POST,
    ("revise-post", "request.post_id"): POST,
    ("check_links", "post_id"): POST,
    ("check-links", "request.post_id"): POST,
    ("hand_over", "post_id"): POST,
    ("hand_over", "blog_id"): BLOG,
    ("hand-over-post", "request.post_id"): POST,
    ("hand-over-post", "request.blog_id"): BLOG,
    ("write-post", "request.site_id"): SITE,
    ("write-post", "request.post_id"): POST,
    ("open_site", "site_id"): SITE,
    ("read_home", "site_id"): SITE,
    ("read_page", "site_id"): SITE,
    ("ask_for_missing", "page_id"): PAGE,
    ("note_left_out", "site_id"): SITE,
    ("read_wishes", "site_id"): SITE,
    ("mark_failed", "site_id"): SITE,
    ("describe_page", "page_id"): PAGE,
    ("write_profile", "site.site_id"): SITE,
    ("index_meaning", "site.site_id"): SITE,
    ("ingest-site", "request.site_id"): SITE,
}
NOT_LOOKED_UP = {
    "passage_id": "the number of a passage whose text stands beside it in the input",
    "kept_from": "the number of a passage whose text stands beside it in the input",
    "quotes[][]": "numbers and texts of passages, as they go to the model",
    "passages[]": "numbers of passages whose texts stand beside them in the input",
    "passage_ids[]": "of a citation; `finish` keeps with the owner's post those that are the owner's",
    "request.post_id": "passed on by `research` and `outline`, which look at the topic and the brief",
    "request.site_id": "passed on by `research` and `outline`, which look at the topic and the brief",
    "draft.site_ids[]": "passed on by `keep_revision`; the search asks whose they are",
    "context.post_id": "passed on by `research`, `outline` and `assign`",
    "found.context.site_ids[]": "passed on by `outline`, which looks at what was found alone",
    "home.page_id": "what came of the home page; its row is not asked for again",
}

_PLAIN_NAMES = """
    addresses[] addresses_model after alike approve_minutes ask attempt audience before being_read[] block body brief
    call_to_action cap changes claim content count covers date depth description dropped[] edit edited excerpt
    exclude[] failed fault feeds[] file files first format goal gone[] group heading headings[] home href include[]
    instruction judge kept keyword kind label lacking language languages languages[] lead_by left_out[] limit lines[]
    max_pages model models[] n name named[] not_say[] note number older_year options others others[] outcome outline
    outline[] page_title page_url pages part passages problems[] queries[] questions[] quote read read[] reason
    replace research round_number rules ruling rulings said[] samples[] schedule score sections sections[]
    sentences_dropped shared site site_name site_names[] skipped snippet sources[] standing sub_domains text thesis
    title titles[] tone tone_address tone_sample topic tries unchanged understood url version voice wanted web why
    words written_by year
"""
PLAIN = frozenset(_PLAIN_NAMES.split())
"""Texts, numbers and addresses on the web. `page_url` is matched within sites that were asked for as the owner's."""


def components() -> dict[str, Component[Any, Any]]:
    """Every component that the products' modules define, by name."""
    found = {}
    for app in (agents, ingestion):
        for module in pkgutil.walk_packages(app.__path__, f"{app.__name__}."):
            if ".migrations" in module.name:
                continue
            for value in vars(importlib.import_module(module.name)).values():
                if isinstance(value, Component) and value.body.__module__ == module.name:
                    found[value.name] = value
    return found


def fields(component: Component[Any, Any]) -> list[str]:
    """The paths of all scalar fields of the component's input."""
    return [path for name in component.signature.parameters for path in _leaves(component.hints[name], name)]


def _leaves(hint: Any, path: str) -> list[str]:
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return [
            leaf for name, field in hint.model_fields.items() for leaf in _leaves(field.annotation, f"{path}.{name}")
        ]
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (list, tuple, set):
        return _leaves(arguments[0], f"{path}[]")
    if origin in (typing.Union, types.UnionType):
        return list(
            dict.fromkeys(leaf for each in arguments if each is not types.NoneType for leaf in _leaves(each, path))
        )
    return [path]


def sample(hint: Any, path: str, values: dict[str, Any]) -> Any:
    """JSON data that fits the hint, with `values` at their paths, and `values["url"]` for addresses."""
    if path in values:
        return values[path]
    if path.endswith("request.outlines"):
        return []  # nobody has changed the outline
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return {name: sample(field.annotation, f"{path}.{name}", values) for name, field in hint.model_fields.items()}
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (list, tuple, set):
        return [sample(arguments[0], f"{path}[]", values)]
    if origin in (typing.Union, types.UnionType):
        inner = [each for each in arguments if each is not types.NoneType]
        wanted = any(key.startswith(path) for key in values)
        return sample(inner[0], path, values) if wanted or types.NoneType not in arguments else None
    if origin is typing.Literal:
        return arguments[0]
    if origin is dict:
        return {}
    if path.endswith(("brief.words", "brief.approve_minutes", ".cap")) or ".caps." in path:
        return 0  # no length, nobody is asked to approve, and no stage has a cap
    if path.rsplit(".", 1)[-1] in ("url", "home", "sources[]", "tone_address"):
        return values["url"]
    return {int: 3, float: 1.0, bool: False}.get(hint, "A text about valves and pumps.")
