"""The outline of a post over the API: as it is now, and changed."""

from __future__ import annotations

import uuid
from typing import Annotated

from asgiref.sync import sync_to_async
from django.http import Http404, HttpRequest, HttpResponse
from ninja import Header, Router, Schema
from ninja.responses import Status as Answer

from agents.access import own_posts
from agents.brief.outlines import Outlined, OutlinedSection
from agents.models import Post
from agents.outlining.changing import Current, change, current, repeated
from agents.outlining.questions import lost
from genisys import UserError
from runs.api.answers import address_of, caller_of, detail
from runs.api.schemas import RunDetail
from runs.problems import Problem, ProblemDetails
from runs.rules.audit import Actor, Via

WRITE, REVISE = "write-post", "revise-post"
READ = ["GET", "HEAD"]
Key = Annotated[str, Header(alias="Idempotency-Key", max_length=200)]

router = Router(tags=["Posts"])


class OutlineOut(Schema):
    """`gone` are the passages that claims name and that are no longer among the owner's pages."""

    title: str
    thesis: str
    sections: list[OutlinedSection]
    gone: list[int]


@router.api_operation(READ, "/{uuid:post_id}/outline", response={200: OutlineOut, 409: ProblemDetails})
async def get_outline(request: HttpRequest, post_id: uuid.UUID) -> OutlineOut:
    """The outline of a post as it is now; 409 with the reason while there is none to be changed."""
    post = await _own(request, post_id, "read")
    found = (await _now(post)).outline
    gone = await sync_to_async(lost)(post, found)
    return OutlineOut(title=found.title, thesis=found.thesis, sections=found.sections, gone=gone)


@router.post("/{uuid:post_id}/outline", response={202: RunDetail, 409: ProblemDetails})
async def change_outline(
    request: HttpRequest, response: HttpResponse, post_id: uuid.UUID, outline: Outlined, idempotency_key: Key = ""
) -> Answer[RunDetail]:
    """Have the post written to this outline. Sections in which nothing changed are kept; the others are written anew.

    While it is being written, its run ends and a fork goes on; afterwards a run of `revise-post` makes a new version.
    """
    post = await _own(request, post_id, "control")
    caller = caller_of(request, "start", REVISE if post.markdown else WRITE)
    run = await repeated(post, outline, idempotency_key)
    if run is None:
        run = await change(post, await _now(post), Actor(caller.user, Via.API), outline, idempotency_key)
    response["Location"] = address_of(run)
    return Answer(202, await detail(request, run))


async def _now(post: Post) -> Current:
    try:
        return await current(post)
    except UserError as error:
        raise Problem(409, error.message) from error


async def _own(request: HttpRequest, post_id: uuid.UUID, scope: str) -> Post:
    caller = caller_of(request, scope, WRITE)
    post = await own_posts(caller.user.pk).filter(pk=post_id).afirst()
    if post is None:
        raise Http404("There is no such post, or it is not yours.")
    return post
