"""What the writer puts in the database: the finished post, its sources, and the passages that it cites.

All of it may be done twice with the same outcome, and each function reaches only the rows of the run's owner
(`runs.rules.owned`); an id of somebody else's row raises UserError. Taking from there is `agents.research.rows`'.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from agents import models
from agents.brief.outlines import OutlinedSection
from agents.editing import versions
from agents.editing.evidence import Claim, claims_of, ruled
from agents.editing.sections import keep_edits
from agents.post.article import Section, sentences_of
from agents.post.assemble import body_of
from agents.post.citations import Citation, each_marker
from agents.research.rows import evidence_of
from agents.results import PostResult
from agents.sources.evidence import Evidence
from ingestion.models import Passage
from runs.rules.owned import Mine, for_run_owner

LARGEST_KEY = 2**63 - 1
"""Over it SQLite cannot even be asked."""


@for_run_owner
def save(
    mine: Mine,
    result: PostResult,
    parts: Sequence[Section],
    lead_by: str,
    evidence: Sequence[Evidence] = (),
    outline: Sequence[OutlinedSection] = (),
) -> None:
    """Write the finished post and its citations, in place of what an earlier try of this run may have written.

    With each part is kept what `outline` says that it is for. Of `evidence`, what was given for this run alone is kept
    with the post, for it stands nowhere else. What a person or another run made of the post stays among its versions,
    and what a person changed stays in the text.
    """
    planned = {section.heading: section.model_dump() for section in outline}
    written = [{**who_wrote(part), "planned": planned.get(part.heading)} for part in parts]
    about = result.presentation
    if lead_by or about.model_dump(exclude_defaults=True):
        by, heading = lead_by or result.models[0], "" if lead_by else "Titles and description"
        written.insert(0, {"n": 0, "heading": heading, "written_by": by, "about": about.model_dump()})
    if result.left_out:
        written.append({"n": 0, "heading": "Left out", "written_by": "", "left_out": result.left_out})
    with transaction.atomic():
        post = mine.one(models.Post, result.post_id)
        post = mine(models.Post).select_for_update().get(pk=post.pk)
        post.versions.filter(run_id=mine.run_id, number=post.version, made_by=None).delete()
        last = post.versions.first()
        post.version = last.number if last else 0
        post.parts, post.models_used, post.extracts = written, result.models, result.extracts
        post.finished_at = timezone.now()
        post.save()
        _write(mine, post, result, parts, last, evidence)


def _write(
    mine: Mine,
    post: models.Post,
    result: PostResult,
    parts: Sequence[Section],
    last: models.PostVersion | None,
    evidence: Sequence[Evidence],
) -> None:
    """Make the text a version of the post: beside what others made of it, or all there is."""
    body = body_of(result.markdown)
    if last is None:
        post.citations.all().delete()
        post.markdown, post.evidence = "", []
    numbers = cite(mine, post, result.citations, evidence)
    body = each_marker(body, lambda n: f"[{numbers[n]}]")
    post.claims = [claim.model_dump() for claim in _judged(post, parts, body)]
    base = post.versions.filter(made_by=None).first()
    if last is not None and base is not None and last.made_by_id is not None:
        body, _ = keep_edits(body_of(base.markdown), body_of(last.markdown), body)
        post.claims += [claim for claim in last.claims if claim not in post.claims]
    versions.write(post, title=result.title, body=body, why="Written", run_id=mine.run_id)


def _judged(post: models.Post, parts: Sequence[Section], body: str) -> list[Claim]:
    """Return the sentences of the body with what the run's judges said of them."""
    rulings = {sentence.text: sentence.ruling for part in parts for sentence in sentences_of(part.blocks)}
    return ruled(rulings, claims_of(body, versions.snapshots_of(post)))


def who_wrote(part: Section) -> dict[str, Any]:
    """Return what is kept with the post of who wrote a section, and of what the check did to it."""
    return {
        "n": part.n,
        "heading": part.heading,
        "written_by": part.written_by,
        "edited": part.edited,
        "sentences_dropped": part.sentences_dropped,
        "tries": part.tries,
        "problems": part.problems,
        "changes": [change.model_dump() for change in part.changes],
    }


def cite(
    mine: Mine, post: models.Post, citations: Sequence[Citation], evidence: Sequence[Evidence] = ()
) -> dict[int, int]:
    """Write down the post's sources beside those that it has; return the number of each in the post.

    Passages that were given for a run alone (`evidence`, and those that the post has) are kept as they were read. A
    source keeps its number for good, so that earlier versions and what people wrote go on naming the same.
    """
    # Only the owner's passages are kept: an edited number may be anybody's, and a passage may have gone since it
    # was found, when its page was read again.
    given = {item.passage_id: item for item in evidence if item.passage_id < 0}
    own = _own(mine, {passage_id for citation in citations for passage_id in citation.passage_ids})
    own |= given.keys() | {item["passage_id"] for item in post.evidence if item["passage_id"] < 0}
    rows = {row.url: row for row in post.citations.all()}
    numbers: dict[int, int] = {}
    for citation in citations:
        row = rows.get(citation.url)
        if row is None:
            n = max((each.number for each in rows.values()), default=0) + 1
            fields = {"number": n, "url": citation.url, "title": citation.title[:500]}
            row = rows[citation.url] = post.citations.create(**fields)
        row.passage_ids = list(
            dict.fromkeys([*row.passage_ids, *(each for each in citation.passage_ids if each in own)])
        )
        row.save()
        numbers[citation.n] = row.number
    post.evidence = _snapshots(mine, post, rows.values(), given)
    return numbers


def _snapshots(
    mine: Mine, post: models.Post, rows: Iterable[models.Citation], given: Mapping[int, Evidence]
) -> list[dict[str, Any]]:
    """Return the cited passages as they are now, and those that were kept before as they were."""
    kept = {item["passage_id"]: item for item in post.evidence}
    number = {passage_id: row.number for row in rows for passage_id in row.passage_ids}
    fresh = mine(Passage).filter(pk__in=[each for each in number if each not in kept]).select_related("page")
    for item in [*map(evidence_of, fresh), *given.values()]:
        if item.passage_id in number:
            kept[item.passage_id] = {**item.model_dump(), "n": number[item.passage_id]}
    return [kept[each] for each in sorted(kept)]


def _own(mine: Mine, passage_ids: set[int]) -> set[int]:
    """Return those of the numbers that are the owner's passages."""
    possible = [passage_id for passage_id in passage_ids if 0 < passage_id <= LARGEST_KEY]
    return set(mine(Passage).filter(pk__in=possible).values_list("pk", flat=True))
