"""The only place that changes a post's text: each change is a version with who made it, when and why.

The caller has made sure whose the post is. All of it is one transaction with the post's row locked, so two changes at
once become two versions, or the later one is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from agents.editing.evidence import Claim, Snapshot, claims_of
from agents.editing.marked_text import sentences_in
from agents.models import Post, PostVersion
from agents.post.assemble import SOURCES_HEADING, body_of, escape, sources_markdown
from agents.post.citations import Citation, cited_numbers
from agents.post.links import still_linked
from genisys import UserError

LONGEST_BODY = 200_000


class Stale(UserError):
    """The post was changed meanwhile, on another page or by a run."""


def snapshots_of(post: Post) -> list[Snapshot]:
    return [Snapshot.model_validate(item) for item in post.evidence]


def claims_in(post: Post) -> list[Claim]:
    """Return the post's claims; of one written before they were kept, read by the rules now."""
    if post.claims:
        return [Claim.model_validate(item) for item in post.claims]
    return claims_of(body_of(post.markdown), snapshots_of(post))


def sources_of(post: Post, body: str) -> list[Citation]:
    """Return the sources that the body names, by their numbers."""
    used = cited_numbers(body)
    rows = post.citations.filter(number__in=used)
    return [Citation(n=row.number, url=row.url, title=row.title, passage_id=0) for row in rows]


def edit(post: Post, by: AbstractBaseUser, *, base: int, title: str, body: str, why: str = "") -> PostVersion:
    """Change the text as a person wrote it. `base` is the version that they began from.

    Raises Stale where that is not the last one, and UserError where a number stands for no source.
    """
    with transaction.atomic():
        post = _locked(post)
        if base != post.version:
            raise Stale(
                "This post was changed while you edited it. Nothing of yours is lost: it stands below. "
                "Look at what changed, and save again to put yours over it."
            )
        known = {row.number for row in post.citations.all()}
        strange = sorted(cited_numbers(body) - known)
        if strange:
            there = ", ".join(str(number) for number in sorted(known)) or "none"
            raise UserError(f"[{strange[0]}] is no source of this post. Its sources are {there}.")
        return write(post, title=title, body=body, why=why or "Edited", by=by)


def restore(post: Post, by: AbstractBaseUser, number: int, why: str = "") -> PostVersion:
    """Make an earlier version the post's text again, as a new version. Raises UserError where there is none."""
    with transaction.atomic():
        post = _locked(post)
        old = post.versions.filter(number=number).first()
        if old is None:
            raise UserError(f"This post has no version {number}.")
        known = [Claim.model_validate(item) for item in old.claims]
        text = body_of(old.markdown)
        said = f"Version {number} restored: {why}" if why else f"Version {number} restored"
        return write(post, title=old.title, body=text, why=said, by=by, known=known)


def settle(post: Post, by: AbstractBaseUser, *, part: int, change: int, accept: bool) -> None:
    """Accept one of the run's edits, or put back what stood before it. Raises UserError where that cannot be."""
    with transaction.atomic():
        post = _locked(post)
        found = next((each for each in post.parts if each["n"] == part), None)
        changes = (found or {}).get("changes", [])
        if not 0 <= change < len(changes) or changes[change].get("settled"):
            raise UserError("This edit was settled before, or the section was written anew.")
        changes[change]["settled"] = "accepted" if accept else "put back"
        post.save(update_fields=["parts"])
        if not accept:
            body = _put_back(body_of(post.markdown), found or {}, changes[change])
            write(post, title=post.title, body=body, why="An edit of the run put back", by=by)


def write(
    post: Post,
    *,
    title: str,
    body: str,
    why: str,
    by: AbstractBaseUser | None = None,
    run_id: str = "",
    known: Sequence[Claim] = (),
) -> PostVersion:
    """Write a new version of a locked post. Verdicts on sentences that stay, stay; `known` are some more."""
    if len(body) > LONGEST_BODY:
        raise UserError(f"The text is longer than {LONGEST_BODY:,} characters. Nothing was changed.")
    if post.markdown and not post.version:
        _first(post)
    earlier = [Claim.model_validate(item) for item in post.claims]
    claims = claims_of(body, snapshots_of(post), [*earlier, *known])
    sources = sources_of(post, body)
    post.title, post.markdown = title[:300], composed(title, body, sources)
    post.dead_links = still_linked(post.dead_links, post.markdown, {source.n: source.url for source in sources})
    post.claims, post.version = [claim.model_dump() for claim in claims], post.version + 1
    post.finished_at = post.finished_at or timezone.now()
    post.save(update_fields=["title", "markdown", "claims", "version", "finished_at", "evidence", "dead_links"])
    made: PostVersion = post.versions.create(
        number=post.version,
        title=post.title,
        markdown=post.markdown,
        claims=post.claims,
        why=why[:300],
        run_id=run_id,
        made_by_id=None if by is None else by.pk,
    )
    return made


def composed(title: str, body: str, sources: Iterable[Citation]) -> str:
    """Return the whole post as Markdown, as it is kept."""
    listed = list(sources)
    end = [SOURCES_HEADING, sources_markdown(listed)] if listed else []
    return "\n\n".join([f"# {escape(title)}", body.strip(), *end]) + "\n"


def _first(post: Post) -> None:
    """Keep the text of a post that was written before there were versions."""
    post.version = 1
    fields: dict[str, Any] = {"title": post.title, "markdown": post.markdown, "claims": post.claims}
    post.versions.create(number=1, why="As it was written", run_id=post.run_id, **fields)


def _locked(post: Post) -> Post:
    found: Post = post.owner.posts.select_for_update().get(pk=post.pk)
    return found


def _put_back(body: str, part: dict[str, Any], change: dict[str, Any]) -> str:
    """Return the body with the sentence that stood before; one that was cut goes to the end of its section."""
    before, after = escape(change["before"]), change.get("after", "")
    now = next((one for one in sentences_in(body) if after and one.text == after), None)
    if now is not None:
        return body.replace(now.markdown, before, 1)
    if after:
        raise UserError("The sentence that the run wrote is no longer in the post, so there is nothing to put back.")
    heading = f"## {escape(part.get('heading', ''))}" if part.get("heading") else ""
    start = body.find(heading)
    if heading and start < 0:
        raise UserError("The section of this sentence is no longer in the post. Edit the text to bring it back.")
    end = body.find("\n## ", start + len(heading))
    end = len(body) if end < 0 else end
    return f"{body[:end].rstrip()}\n\n{before}\n{body[end:]}"
