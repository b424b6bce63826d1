"""Posts over the API: the text with its evidence, versions, edits, files, and the run that changes one as asked.

A post is written by a run of `write-post`. Posts of others do not exist here: 404; only its owner changes a post.
"""

from __future__ import annotations

import uuid
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from asgiref.sync import sync_to_async
from django.http import Http404, HttpRequest, HttpResponse
from ninja import Body, Header, Query, Router, Schema
from ninja.responses import Status as Answer
from pydantic import Field

from agents.access import own_pages, own_posts, visible_posts
from agents.brief.outlines import OutlinedSection
from agents.editing import versions
from agents.editing.evidence import Claim
from agents.editing.marked_text import sentences_in
from agents.editing.versions import LONGEST_BODY, Stale
from agents.export.views import download
from agents.models import Post, PostVersion
from agents.post.assemble import body_of
from agents.post.links import DeadLink
from agents.presenting.shown import about, left_out
from agents.revising.requests import Heading, ReviseRequest, why_nothing_is_rewritten
from agents.text.readability import reading_of
from genisys import UserError
from runs.api.answers import address_of, caller_of, detail
from runs.api.schemas import NO_NUL, RunDetail, Why
from runs.problems import Problem, ProblemDetails
from runs.providers import model_name
from runs.service.starting import start_run

WRITE, REVISE = "write-post", "revise-post"
READ = ["GET", "HEAD"]
Key = Annotated[str, Header(alias="Idempotency-Key", max_length=200)]

router = Router(tags=["Posts"])


class PostSummary(Schema):
    """`run_id` is the run that writes or wrote it; `version` is 0 until there is a text."""

    id: uuid.UUID
    topic: str
    title: str
    run_id: str
    version: int
    created_at: datetime
    finished_at: datetime | None


class SourceOut(Schema):
    n: int
    url: str
    title: str


class RelatedOut(Schema):
    """A page of the site to link to, and the heading of the post that it fits."""

    url: str
    title: str
    heading: str


class ReadingOut(Schema):
    """How a text reads: its length, its sentences (`long`: over 30 words; `alike`: three in a row that begin with
    one word), its Flesch–Kincaid grade (English alone) and its LIX (not for scripts without spaces).
    """

    minutes: int
    words: int
    sentences: int
    words_a_sentence: float
    longest: int
    long: int
    alike: int
    grade: float | None
    lix: float | None


class PostDetail(PostSummary):
    """`markdown` is the text without title and sources; `claims` is how each of its sentences stands to them.

    `titles` are others that the post may have; `description` is for search engines, `excerpt` for lists of posts,
    `snippet` for a message on a social network, `slug` for the post's address; `related` are pages of its site that
    were read and are not cited, `left_out` what the caps of the stages and the brief have kept out of it; `dead_links`
    led nowhere when they were last asked for, at `links_checked_at`; `reading` is how the text reads.
    """

    markdown: str
    sources: list[SourceOut]
    claims: list[Claim]
    titles: list[str]
    description: str
    excerpt: str
    snippet: str
    slug: str
    related: list[RelatedOut]
    left_out: list[str]
    dead_links: list[DeadLink]
    links_checked_at: datetime | None
    reading: ReadingOut | None


class VersionOut(Schema):
    """One version. `by` is who made it; it is null for a run's, which `run_id` names."""

    number: int
    title: str
    why: str
    by: str | None
    run_id: str
    made_at: datetime


class EditOrder(Schema):
    """The text as it is to be. `base` is the version that you began from; 409 where that is not the last one."""

    title: str = Field(min_length=1, max_length=300, pattern=NO_NUL, examples=["How a heat pump is looked after"])
    markdown: str = Field(max_length=LONGEST_BODY, pattern=NO_NUL, examples=["It is checked once a year.[1]"])
    base: int = Field(ge=0, examples=[1])
    why: str = Field(default="", max_length=200, pattern=NO_NUL)


class ReviseOrder(Schema):
    """What is to change, and where: as the input of `revise-post`."""

    instruction: str = Field(default="", max_length=500, pattern=NO_NUL, examples=["Shorter, more on pricing"])
    sections: list[Heading] = Field(default=[], max_length=40)
    outline: list[Heading | OutlinedSection] = Field(default=[], max_length=20)
    title: Heading = ""


@router.api_operation(READ, "", response=list[PostSummary])
async def list_posts(request: HttpRequest, limit: Annotated[int, Query(ge=1, le=200)] = 50) -> list[Post]:
    """The posts one may see, latest first."""
    caller = caller_of(request, "read", WRITE)
    return [post async for post in visible_posts(caller.user).defer("markdown", "evidence", "claims")[:limit]]


@router.api_operation(READ, "/{uuid:post_id}", response=PostDetail)
async def get_post(request: HttpRequest, post_id: uuid.UUID) -> dict[str, Any]:
    """One post, with its text, its sources, and each sentence with how it stands to them."""
    return await sync_to_async(_shown)(await _post_of(request, post_id))


@router.put("/{uuid:post_id}", response={200: PostDetail, 409: ProblemDetails})
async def edit_post(request: HttpRequest, post_id: uuid.UUID, order: EditOrder) -> dict[str, Any]:
    """Change the text: a new version, each changed sentence held against its sources again."""
    post, by = await _own_post(request, post_id)
    given = {"base": order.base, "title": order.title, "body": order.markdown, "why": order.why}
    try:
        await sync_to_async(versions.edit)(post, by, **given)  # type: ignore[arg-type]
    except Stale as error:
        raise Problem(409, f"This post is at version {post.version}; you began from {order.base}.") from error
    except UserError as error:
        raise Problem(422, error.message) from error
    await post.arefresh_from_db()
    return await sync_to_async(_shown)(post)


@router.api_operation(READ, "/{uuid:post_id}/versions", response=list[VersionOut])
async def list_versions(request: HttpRequest, post_id: uuid.UUID) -> list[dict[str, Any]]:
    """Every version of the post, newest first."""
    post = await _post_of(request, post_id)
    return [_version(row) async for row in post.versions.select_related("made_by").defer("markdown", "claims")]


@router.post("/{uuid:post_id}/versions/{int:number}/restore", response=PostDetail)
async def restore_version(
    request: HttpRequest, post_id: uuid.UUID, number: int, reason: Annotated[Why | None, Body()] = None
) -> dict[str, Any]:
    """Make an earlier version the text again, as a new one; `why` is kept with it."""
    post, by = await _own_post(request, post_id)
    try:
        await sync_to_async(versions.restore)(post, by, number, reason.why if reason else "")
    except UserError as error:
        raise Http404(error.message) from error
    await post.arefresh_from_db()
    return await sync_to_async(_shown)(post)


@router.post("/{uuid:post_id}/revise", response={202: RunDetail, 409: ProblemDetails})
async def revise_post(
    request: HttpRequest, response: HttpResponse, post_id: uuid.UUID, order: ReviseOrder, idempotency_key: Key = ""
) -> Answer[RunDetail]:
    """Have a run change the post as asked; it becomes a new version. The same `Idempotency-Key` gives the same run.

    409 with the reason where the configured model is too small to rewrite anything.
    """
    caller = caller_of(request, "start", REVISE)
    caller.need("control", REVISE)
    post, by = await _own_post(request, post_id)
    if unable := why_nothing_is_rewritten(model_name()):
        raise Problem(409, unable)
    run = await start_run(
        user=by,
        workflow=REVISE,
        input=ReviseRequest(post_id=str(post.pk), **order.model_dump()),
        idempotency_key=idempotency_key,
    )
    response["Location"] = address_of(run)
    return Answer(202, await detail(request, run))


@router.api_operation(READ, "/{uuid:post_id}/export", response=None)
async def export_post(
    request: HttpRequest,
    post_id: uuid.UUID,
    format: Annotated[str, Query(pattern="^(markdown|html|docx)$")] = "markdown",
) -> HttpResponse:
    """The post as a file: `markdown`, `html` or `docx`."""
    return await sync_to_async(download)(await _post_of(request, post_id), format)


async def _post_of(request: HttpRequest, post_id: uuid.UUID) -> Post:
    caller = caller_of(request, "read", WRITE)
    return _found(await visible_posts(caller.user).filter(pk=post_id).afirst())


async def _own_post(request: HttpRequest, post_id: uuid.UUID) -> tuple[Post, Any]:
    """Return the caller's own post, and the caller."""
    by = caller_of(request, "control", WRITE).user
    return _found(await own_posts(by.pk).exclude(markdown="").filter(pk=post_id).afirst()), by


def _found(post: Post | None) -> Post:
    if post is None:
        raise Http404("There is no such post, or it is not yours.")
    return post


def _shown(post: Post) -> dict[str, Any]:
    body, presented = body_of(post.markdown), about(post, own_pages(post.owner_id))
    return {
        **{name: getattr(post, name) for name in PostSummary.model_fields},
        "markdown": body,
        "sources": [{"n": each.n, "url": each.url, "title": each.title} for each in versions.sources_of(post, body)],
        "claims": versions.claims_in(post),
        "titles": presented.titles,
        **{name: getattr(presented, name) for name in ("description", "excerpt", "snippet", "slug")},
        "related": [asdict(page) for page in presented.related],
        "left_out": left_out(post),
        "dead_links": post.dead_links,
        "links_checked_at": post.links_checked_at,
        "reading": reading_of([sentence.text for sentence in sentences_in(body)]),
    }


def _version(row: PostVersion) -> dict[str, Any]:
    fields = {name: getattr(row, name) for name in ("number", "title", "why", "run_id", "made_at")}
    return {**fields, "by": None if row.made_by is None else row.made_by.get_username()}
