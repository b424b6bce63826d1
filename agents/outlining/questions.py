"""The form in which a run's question about its outline is answered on a page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import QueryDict

from agents.brief.outlines import Outlined, OutlinedSection
from agents.models import Post
from agents.outlining.form import OutlineForm
from ingestion.models import Passage

LARGEST_KEY = 2**63 - 1


def form_of(schema: Mapping[str, Any], owner_id: int | None, sent: QueryDict | None, auto_id: str) -> OutlineForm:
    """Return the form of a question with this schema; what claims name and the owner has no more is told."""
    asked = {name: part.get("default") for name, part in schema.get("properties", {}).items()}
    sections = [OutlinedSection.model_validate(section) for section in asked.get("sections") or []]
    outlined = Outlined.model_construct(
        title=asked.get("title") or "", thesis=asked.get("thesis") or "", sections=sections
    )
    titles = {int(number): title for number, title in schema.get("x-sources", {}).items()}
    return OutlineForm(outlined, sent, titles=titles, gone=gone(owner_id, outlined, titles), auto_id=auto_id)


def form_for(post: Post, outlined: Outlined, sent: QueryDict | None = None) -> OutlineForm:
    """Return the form of a post's outline."""
    return OutlineForm(outlined, sent, titles=_titles(post, outlined), gone=lost(post, outlined))


def lost(post: Post, outlined: Outlined) -> list[int]:
    """Return the passages that a post's outline names and that are not there any more; what it cites is kept with it.

    Of a post that is being written, passages that were given are in its run's record.
    """
    titles = _titles(post, outlined)
    given = () if post.markdown else (number for number in _named(outlined) if number < 0)
    return [number for number in _named(outlined) if number not in {*titles, *given}]


def _titles(post: Post, outlined: Outlined) -> dict[int, str]:
    rows = Passage.objects.filter(pk__in=_keys(_named(outlined)), page__site__owner_id=post.owner_id)
    kept = {item["passage_id"]: item["page_title"] for item in post.evidence}
    return {**dict(rows.values_list("pk", "page__title")), **kept}


def gone(owner_id: int | None, outlined: Outlined, titles: Mapping[int, str]) -> list[int]:
    """Return the passages that the outline names and that are not there any more.

    A passage of a file or an address that was given, with a number below 0, is in the run's own record.
    """
    numbers = _named(outlined)
    rows = Passage.objects.filter(pk__in=_keys(numbers), page__site__owner_id=owner_id)
    there = set(rows.values_list("pk", flat=True))
    return [number for number in numbers if number not in (there if number > 0 else titles)]


def _named(outlined: Outlined) -> list[int]:
    found = (number for section in outlined.sections for claim in section.claims or [] for number in claim.sources)
    return list(dict.fromkeys(found))


def _keys(numbers: Iterable[int]) -> list[int]:
    return [number for number in numbers if 0 < number <= LARGEST_KEY]
