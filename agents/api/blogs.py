"""Handing posts over, over the API: a person's blogs, where a post was handed over to, and the runs that do it.

Only its owner hands a post over or has its links checked, and only to blogs of their own; others get a 404 for both.
What lets us write to a blog is taken and never given back.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated, Any, Literal

from asgiref.sync import sync_to_async
from django.http import Http404, HttpRequest, HttpResponse
from ninja import Header, Router, Schema
from ninja.responses import Status as Answer
from pydantic import BaseModel, Field, SecretStr

from agents.access import own_blogs, own_posts, visible_posts
from agents.handover import blogs as keeping
from agents.handover.requests import HandOverRequest
from agents.linking.steps import CheckRequest
from agents.models import Blog, Post
from runs.accounts.tokens import Caller
from runs.api.answers import address_of, caller_of, detail
from runs.api.schemas import NO_NUL, RunDetail
from runs.problems import ProblemDetails
from runs.rules import audit
from runs.service.starting import start_run

HAND_OVER, CHECK = "hand-over-post", "check-links"
READ = ["GET", "HEAD"]
Key = Annotated[str, Header(alias="Idempotency-Key", max_length=200)]

blogs = Router(tags=["Blogs"])
posts = Router(tags=["Posts"])


class BlogOut(Schema):
    """A blog of yours. Its password or key is kept encrypted, and given to nobody."""

    id: uuid.UUID
    kind: str
    address: str
    user: str
    created_at: datetime


class BlogOrder(Schema):
    """`secret` is an application password of `user` (WordPress), or an Admin API key (Ghost, which needs no `user`)."""

    kind: Literal["wordpress", "ghost"]
    address: str = Field(max_length=1000, pattern=NO_NUL, examples=["https://blog.example.com"])
    user: str = Field(default="", max_length=200, pattern=NO_NUL)
    secret: SecretStr = Field(max_length=400)


class HandOverOrder(Schema):
    """`replace`: put this version over what was changed in the draft there."""

    blog: uuid.UUID
    replace: bool = False


class HandOverOut(Schema):
    """Where a post is a draft, and which version of it."""

    blog: uuid.UUID
    address: str
    version: int
    edit_url: str
    handed_at: datetime


@blogs.api_operation(READ, "", response=list[BlogOut])
async def list_blogs(request: HttpRequest) -> list[Blog]:
    """Your blogs, in the order in which they were added."""
    caller = caller_of(request, "read", HAND_OVER)
    return [blog async for blog in own_blogs(caller.user.pk)]


@blogs.post("", response={201: BlogOut})
async def add_blog(request: HttpRequest, order: BlogOrder) -> Answer[Blog]:
    """Add a blog. One that is there already gets the new password, and keeps what was handed over to it."""
    caller = caller_of(request, "control", HAND_OVER)
    given = {**order.model_dump(), "secret": order.secret.get_secret_value()}
    blog = await sync_to_async(keeping.add)(caller.user.pk, **given)
    await _note(caller, "blog.add", blog)
    return Answer(201, blog)


@blogs.delete("/{uuid:blog_id}", response={204: None})
async def remove_blog(request: HttpRequest, blog_id: uuid.UUID) -> Answer[None]:
    """Remove a blog with its password. The drafts in it stay as they are, and are not known here any more."""
    caller = caller_of(request, "control", HAND_OVER)
    blog = await own_blogs(caller.user.pk).filter(pk=blog_id).afirst()
    if blog is None:
        raise Http404("There is no such blog, or it is not yours.")
    await _note(caller, "blog.remove", blog)
    await blog.adelete()
    return Answer(204, None)


@posts.api_operation(READ, "/{uuid:post_id}/hand-overs", response=list[HandOverOut])
async def list_hand_overs(request: HttpRequest, post_id: uuid.UUID) -> list[dict[str, Any]]:
    """The blogs in which the post is a draft, the latest hand-over first."""
    caller = caller_of(request, "read", HAND_OVER)
    post = await _found(visible_posts(caller.user), post_id)
    rows = post.hand_overs.exclude(handed_at=None).select_related("blog")
    return [
        {
            "blog": row.blog_id,
            "address": row.blog.address,
            **{name: getattr(row, name) for name in ("version", "edit_url", "handed_at")},
        }
        async for row in rows
    ]


@posts.post("/{uuid:post_id}/hand-over", response={202: RunDetail, 409: ProblemDetails})
async def hand_over_post(
    request: HttpRequest, response: HttpResponse, post_id: uuid.UUID, order: HandOverOrder, idempotency_key: Key = ""
) -> Answer[RunDetail]:
    """Have a run hand the post over as a draft. Handed over again to the same blog, the same draft is changed."""
    caller = caller_of(request, "start", HAND_OVER)
    caller.need("control", HAND_OVER)
    post = await _found(own_posts(caller.user.pk).exclude(markdown=""), post_id)
    blog = await own_blogs(caller.user.pk).filter(pk=order.blog).afirst()
    if blog is None:
        raise Http404("There is no such blog, or it is not yours.")
    asked = HandOverRequest(post_id=str(post.pk), blog_id=str(blog.pk), replace=order.replace)
    return await _started(request, response, HAND_OVER, asked, f"{post} to {blog}", idempotency_key)


@posts.post("/{uuid:post_id}/check-links", response={202: RunDetail, 409: ProblemDetails})
async def check_links(
    request: HttpRequest, response: HttpResponse, post_id: uuid.UUID, idempotency_key: Key = ""
) -> Answer[RunDetail]:
    """Have a run ask for what the post links to; `dead_links` of the post are then those that lead nowhere."""
    caller = caller_of(request, "start", CHECK)
    caller.need("control", CHECK)
    post = await _found(own_posts(caller.user.pk).exclude(markdown=""), post_id)
    asked = CheckRequest(post_id=str(post.pk))
    return await _started(request, response, CHECK, asked, f"The links of {post}", idempotency_key)


async def _started(
    request: HttpRequest, response: HttpResponse, workflow: str, asked: BaseModel, title: str, key: str
) -> Answer[RunDetail]:
    run = await start_run(
        user=caller_of(request, "start").user, workflow=workflow, input=asked, title=title[:300], idempotency_key=key
    )
    response["Location"] = address_of(run)
    return Answer(202, await detail(request, run))


async def _found(among: Any, post_id: uuid.UUID) -> Post:
    post: Post | None = await among.filter(pk=post_id).afirst()
    if post is None:
        raise Http404("There is no such post, or it is not yours.")
    return post


async def _note(caller: Caller, action: str, blog: Blog) -> None:
    await audit.record(caller.actor(), action, None, blog=str(blog.pk), address=blog.address)
