"""A change of a post's outline, while it is written or afterwards: the outline as it is, and what a change starts."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from agents.access import run_of
from agents.brief.outlines import Outlined
from agents.editing.planned import plan_of
from agents.models import Post
from agents.outlining.plans import outlined
from agents.revising.requests import ReviseRequest, why_nothing_is_rewritten
from agents.steps.handoff import Plan
from agents.writing.prompts import portion_for
from genisys import UserError
from genisys.host import STORE_ERRORS, TERMINAL
from runs.engines import engine
from runs.models import Run, RunStatus
from runs.providers import model_name
from runs.rules.audit import Actor
from runs.service.actions import cancel_run
from runs.service.errors import REDIS_AWAY
from runs.service.forking import fork_run
from runs.service.starting import start_run

NOT_YET = "This post has no outline yet. Wait until its run has made one."
NEVER = "The run ended before there was an outline. Have the post written anew."
DIGEST = (
    "This post is a digest, put together from the pages' own sentences: it has no outline. Edit it when it is done."
)
APPROVE_FIRST = "The run waits for its outline to be approved. Change it there."
BEING_CHANGED = "Its outline was changed just now. Wait until its run has taken that up."
BEING_EDITED = "All sections are written, and the post is being read once more. Change its outline when it is done."
TOO_LATE = "This post was not finished, and too long ago: what its run had written is gone. Have it written anew."
_READ = ("assign", "look_over")
"""The steps whose outputs tell what the outline is, and whether there will be one."""


@dataclass(frozen=True, slots=True)
class Current:
    """The outline of a post as it is now. `run` is the one that writes it, None where the post is written."""

    outline: Outlined
    run: Run | None


async def current(post: Post) -> Current:
    """Return the outline that a person may change. Raises UserError, with a sentence, where there is none now."""
    if post.markdown:
        if unable := why_nothing_is_rewritten(model_name()):
            raise UserError(unable)
        return Current(Outlined.model_construct(title=post.title, thesis="", sections=plan_of(post)), None)
    run = await run_of(post).afirst()
    if run is None:
        raise UserError(TOO_LATE)
    try:
        steps = await engine().journal(run.pk)
        begun = await engine().snapshot(run.pk)
    except STORE_ERRORS as error:
        raise UserError(REDIS_AWAY) from error
    if begun is None:
        raise UserError(TOO_LATE if run.finished else NOT_YET)
    outputs = {
        name: [step.output for step in steps if step.name == name and step.status == "completed"] for name in _READ
    }
    if why := why_not(run, begun[1]):
        looked_over = outputs["look_over"]
        is_digest = bool(looked_over) and not portion_for(looked_over[-1]["model"]).edits
        raise UserError(DIGEST if is_digest and why == NOT_YET else why)
    return Current(outlined(Plan.model_validate(outputs["assign"][-1])), run)


def why_not(run: Run, state: dict[str, Any]) -> str:
    """Return why the outline of what this run writes cannot be changed now, in a sentence; empty where it can.

    What a page offers and what a change is answered with both follow from this: nothing is offered and then refused.
    """
    steps = state["steps"].values()
    planned = sum(step["name"] == "assign" and step["status"] == "completed" for step in steps)
    if not planned and state["run_status"] in TERMINAL:
        return NEVER
    if not planned:
        asks = any(asked["open"] and asked["name"] == "outline" for asked in state["inputs"].values())
        return APPROVE_FIRST if asks else NOT_YET
    if planned <= len(run.input.get("outlines", [])):
        return BEING_CHANGED
    is_edited = any(step["name"] in ("edit", "finish") for step in steps)
    return BEING_EDITED if is_edited and state["run_status"] not in TERMINAL else ""


async def repeated(post: Post, outline: Outlined, key: str) -> Run | None:
    """Return the fork that writes the post to this outline, where it was asked for with this key before."""
    if not key:
        return None
    run = await run_of(post).filter(idempotency_key=key).afirst()
    same = run is not None and run.input.get("outlines", [])[-1:] == [outline.model_dump()]
    return run if same else None


async def change(post: Post, now: Current, actor: Actor, outline: Outlined, key: str = "") -> Run:
    """Start what writes the post to this outline, and return its run. Sections in which nothing changed are kept.

    While the post is written, that is a fork of its run, which ends; afterwards a revision. The same change, asked for
    twice, starts one run. Raises UserError where that cannot start.
    """
    if now.run is not None:
        return await _forked(post, now.run, actor, outline, key or _key(now.run.pk, outline))
    return await start_run(
        user=actor.user,
        workflow="revise-post",
        input=ReviseRequest(post_id=str(post.pk), title=outline.title, outline=list(outline.sections)),
        title=f"{post}: a new outline"[:300],
        idempotency_key=key or _key(f"{post.pk}:{post.version}", outline),
    )


async def _forked(post: Post, run: Run, actor: Actor, outline: Outlined, key: str) -> Run:
    """Fork the run with the outline, then end it. What a model was being asked at this moment is asked again."""
    changes = [*run.input.get("outlines", []), outline.model_dump()]
    input: dict[str, Any] = {**run.input, "outlines": changes}
    fork = await fork_run(run, actor, input=input, title=run.title, idempotency_key=key)
    if run.status not in (RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED):
        await cancel_run(run, actor)
    await Post.objects.filter(pk=post.pk).aupdate(run_id=fork.pk)
    return fork


def _key(of: str, outline: Outlined) -> str:
    """Return a key that is the same for the same change, so that a form that is sent twice starts one run."""
    return f"outline:{of}:{hashlib.blake2b(outline.model_dump_json().encode(), digest_size=8).hexdigest()}"
