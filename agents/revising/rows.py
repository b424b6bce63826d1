"""What a revision takes from the database and puts there; only rows of the run's owner (`runs.rules.owned`)."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from agents import library, models
from agents.editing import versions
from agents.editing.evidence import claims_of, ruled
from agents.editing.planned import plan_of
from agents.editing.sections import keep_edits
from agents.post.assemble import body_of, escape
from agents.post.citations import Citation, each_marker
from agents.revising.requests import Draft, ReviseResult, Revision
from agents.sources.evidence import Evidence
from genisys import UserError
from ingestion.models import Site
from runs.rules.owned import Mine, for_run_owner


@for_run_owner
def draft_of(mine: Mine, post_id: str) -> Draft:
    """Return the post with its evidence. Raises UserError where it has not been written."""
    post = mine.one(models.Post, post_id)
    if not post.markdown:
        raise UserError("This post has no text yet. Wait for its run, or start that again.")
    sites = [post.site_id] if post.site_id else mine(Site).values_list("pk", flat=True)
    return Draft(
        post_id=str(post.pk),
        title=post.title,
        body=body_of(post.markdown),
        version=post.version,
        site_ids=[str(site) for site in sites],
        evidence=[Evidence.model_validate(item) for item in post.evidence],
        cited=[
            Citation(n=row.number, url=row.url, title=row.title, passage_id=0, passage_ids=row.passage_ids)
            for row in post.citations.all()
        ],
        plan=plan_of(post),
    )


@for_run_owner
def keep(mine: Mine, draft: Draft, revision: Revision) -> ReviseResult:
    """Write the revision as the post's new version, in place of one that an earlier try of this run may have written.

    Where a person has changed a section since the run began, theirs stays; `left` names it.
    """
    with transaction.atomic():
        found = mine.one(models.Post, draft.post_id)
        post = mine(models.Post).select_for_update().get(pk=found.pk)
        before = post.versions.filter(run_id=mine.run_id, number=post.version, made_by=None).first()
        if before is not None:
            return _result(post, before, {})
        numbers = library.cite(mine, post, revision.citations)
        body = each_marker(revision.body, lambda n: f"[{numbers.get(n, n)}]")
        body, kept = keep_edits(draft.body, body_of(post.markdown), body)
        known = ruled(revision.rulings, claims_of(body, versions.snapshots_of(post)))
        post.claims = [claim.model_dump() for claim in known if claim.text in revision.rulings] + post.claims
        if revision.parts:
            post.parts = [*(part for part in post.parts if not part["n"]), *_parts(post, revision)]
            post.save(update_fields=["parts"])
        title = revision.title or post.title
        made = versions.write(post, title=title, body=body, why=revision.why, run_id=mine.run_id)
        return _result(post, made, dict.fromkeys(kept, "You changed it while this run wrote; yours stays."))


def _parts(post: models.Post, revision: Revision) -> list[dict[str, Any]]:
    """Return who wrote each section and what it is for, in the new order; those that stay keep their numbers."""
    before = {escape(part["heading"]): part for part in post.parts if part["n"]}
    last = max((part["n"] for part in post.parts), default=0)
    found = []
    for n, part in enumerate(revision.parts, start=last + 1):
        planned = {"planned": part.planned.model_dump() if part.planned else None}
        if part.section is not None:
            found.append({**library.who_wrote(part.section), "n": n, **planned})
        elif part.heading in before:
            found.append({**before[part.heading], **planned})
    return found


def _result(post: models.Post, version: models.PostVersion, left: dict[str, str]) -> ReviseResult:
    return ReviseResult(
        post_id=str(post.pk), version=version.number, markdown=version.markdown, rewritten=[], left=left
    )
