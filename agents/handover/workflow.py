"""The workflow `hand-over-post`: the post's links are asked for, then its draft is made, or changed, in the blog."""

from __future__ import annotations

import functools

from django.conf import settings

from agents.destinations.delivery import deliver
from agents.destinations.destination import Destination
from agents.destinations.ghost import Ghost
from agents.destinations.wordpress import WordPress
from agents.handover import rows
from agents.handover.requests import HandedOver, HandOverRequest
from agents.linking.steps import checked_links
from genisys import Concurrency, Retry, component, status, workflow
from genisys.net import Fetcher

REQUEST_S = 60.0
TRY_S = 300.0
"""A try asks five times at most: for the API, the post, the drafts, and the change."""


def _one_draft(post_id: str, blog_id: str, replace: bool) -> str:
    return f"{post_id} {blog_id}"


def destination_of(task: rows.Task, fetcher: Fetcher) -> Destination:
    if task.kind == "ghost":
        return Ghost(fetcher, task.address, task.secret)
    return WordPress(fetcher, task.address, task.user, task.secret)


@component(
    title="Hand over the draft",
    retry=Retry(attempts=4, base=2.0, cap=60.0),
    timeout=TRY_S,
    concurrency=Concurrency(1, key=_one_draft),
)
async def hand_over(post_id: str, blog_id: str, replace: bool) -> HandedOver:
    """Make the draft in the blog, or change it where it was made before. Two runs never do this at once."""
    task = await rows.task_of(post_id, blog_id)
    async with Fetcher(
        user_agent="Genisys-HandOver/1.0",
        allowed_private_hosts=frozenset(settings.GENISYS_WEBHOOK_ALLOWED_PRIVATE_HOSTS),
        total=REQUEST_S,
    ) as fetcher:
        intend = functools.partial(rows.intend, post_id, blog_id)
        remote = await deliver(destination_of(task, fetcher), task.draft, task.known, intend, replace=replace)
    return await rows.keep(post_id, blog_id, remote, task.version)


@workflow(name="hand-over-post", title=lambda request: "Hand over a post")
async def hand_over_post(request: HandOverRequest) -> HandedOver:
    """Hand a post over to one of its owner's blogs, as a draft; handed over again, the same draft is changed."""
    status("Asking for the post’s links")
    dead = await checked_links(request.post_id)
    status("Handing over the draft")
    made = await hand_over(request.post_id, request.blog_id, request.replace)
    done = "is a draft in" if made.is_new else "took the place of the draft in"
    status(f"Version {made.version} of the post {done} {made.blog}: {made.edit_url}")
    return made.model_copy(update={"dead_links": dead})
