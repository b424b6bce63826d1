"""One contract for every destination: one draft whatever happens, nobody's changes lost, refusals that help."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from agents.destinations.delivery import Known, deliver
from agents.destinations.destination import Busy, Destination, Draft, Refused, Remote
from agents.destinations.ghost import TOKEN_S, Ghost, token
from agents.destinations.wordpress import WordPress
from genisys.net import FetchBlocked, Fetcher, FetchFailed
from tests.agents.handover import servers
from tests.agents.handover.servers import KINDS, Answer, Blog, given

DRAFT = Draft(
    "How pumps age & rust",
    "<p>Once a year.</p>",
    "how-pumps-age-rust",
    "What a pump needs.",
    "Pumps need little. Here is what.",
)
HTML = {"Content-Type": "text/html"}


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    async with Fetcher(user_agent="test", allowed_private_hosts=frozenset({"127.0.0.1"}), total=10) as made:
        yield made


@pytest.fixture(params=sorted(KINDS))
def blog(request: Any) -> Iterator[Blog]:
    served = KINDS[request.param]()
    yield served
    served.stop()


@pytest.fixture
def wordpress() -> Iterator[servers.WordPress]:
    served = servers.WordPress()
    yield served
    served.stop()


@pytest.fixture
def ghost() -> Iterator[servers.Ghost]:
    served = servers.Ghost()
    yield served
    served.stop()


def destination(blog: Blog, fetcher: Fetcher, secret: str = "", address: str = "") -> Destination:
    if isinstance(blog, servers.Ghost):
        return Ghost(fetcher, address or blog.url, secret or blog.secret)
    assert isinstance(blog, servers.WordPress)
    return WordPress(fetcher, address or blog.url, blog.user, secret or blog.secret)


class Desk:
    """Hands a draft over as a run does, and keeps what is known of it in between. A fault is a try that ends there."""

    def __init__(self, there: Destination) -> None:
        self.there = there
        self.known = Known()

    async def hand_over(self, draft: Draft = DRAFT, *, replace: bool = False, same_run: bool = False) -> Remote:
        async def intend(known: Known) -> None:
            self.known = known

        asked = self.known.model_copy(update={"unsure": same_run})
        remote = await deliver(self.there, draft, asked, intend, replace=replace)
        self.known = Known(remote_id=remote.id, changed=remote.changed, slug=remote.slug)
        return remote


@pytest.fixture
def desk(blog: Blog, fetcher: Fetcher) -> Desk:
    return Desk(destination(blog, fetcher))


async def test_a_post_becomes_a_draft_with_all_that_belongs_to_it(blog: Blog, desk: Desk) -> None:
    remote = await desk.hand_over()
    [post] = blog.posts.values()
    assert (post["title"], post["slug"], post["status"]) == (DRAFT.title, DRAFT.slug, "draft")
    assert DRAFT.html in (post.get("content"), post.get("html"))
    assert DRAFT.excerpt in (post.get("excerpt"), post.get("custom_excerpt"))
    assert (remote.state, remote.slug) == ("draft", DRAFT.slug)
    assert str(post["id"]) in remote.edit_url
    assert remote.edit_url.startswith(blog.url)


async def test_a_post_handed_over_again_is_the_same_draft(blog: Blog, desk: Desk) -> None:
    first = await desk.hand_over()
    again = await desk.hand_over(Draft("Another title", "<p>New.</p>", "another-title", "", ""))
    assert again.id == first.id
    [post] = blog.posts.values()
    assert post["title"] == "Another title"


@pytest.mark.parametrize("lost", [1, 2, 3])
async def test_a_draft_whose_answer_was_lost_is_found_again(blog: Blog, desk: Desk, lost: int) -> None:
    blog.lost = lost
    for _ in range(lost):
        with pytest.raises(FetchFailed):
            await desk.hand_over(same_run=True)
    await desk.hand_over(same_run=True)
    assert len(blog.posts) == 1
    assert len(blog.changes) == lost + 1


async def test_a_person_s_own_draft_of_the_same_name_is_not_ours(blog: Blog, desk: Desk) -> None:
    theirs = await Desk(desk.there).hand_over(Draft("Mine", "<p>My own.</p>", DRAFT.slug, "", ""))
    blog.lost = 1
    with pytest.raises(FetchFailed):
        await desk.hand_over()
    ours = await desk.hand_over(same_run=True)
    assert len(blog.posts) == 2
    assert ours.id != theirs.id
    assert blog.posts[theirs.id]["title"] == "Mine"


async def test_a_draft_whose_answer_a_run_before_never_heard_is_taken_over_only_where_that_is_asked_for(
    blog: Blog, desk: Desk
) -> None:
    blog.lost = 1
    with pytest.raises(FetchFailed):
        await desk.hand_over()
    [made] = blog.posts
    blog.edit(made, title="Theirs by now")
    with pytest.raises(Refused, match="never heard so"):
        await desk.hand_over()
    assert blog.posts[made]["title"] == "Theirs by now"
    assert (await desk.hand_over(replace=True)).id == made
    assert [post["title"] for post in blog.posts.values()] == [DRAFT.title]


async def test_a_lost_change_is_made_again_by_the_same_run_alone(blog: Blog, desk: Desk) -> None:
    await desk.hand_over()
    blog.lost = 1
    with pytest.raises(FetchFailed):
        await desk.hand_over()
    with pytest.raises(Refused, match="changed there"):
        await desk.hand_over()
    await desk.hand_over(same_run=True)
    assert len(blog.posts) == 1


async def test_what_people_changed_in_the_draft_is_overwritten_only_where_that_is_asked_for(
    blog: Blog, desk: Desk
) -> None:
    remote = await desk.hand_over()
    blog.edit(remote.id, title="Better")
    with pytest.raises(Refused, match="Nothing was overwritten"):
        await desk.hand_over()
    assert blog.posts[remote.id]["title"] == "Better"
    await desk.hand_over(replace=True)
    assert blog.posts[remote.id]["title"] == DRAFT.title
    await desk.hand_over()


async def test_a_post_that_is_published_by_now_is_left_alone(blog: Blog, desk: Desk) -> None:
    remote = await desk.hand_over()
    blog.publish(remote.id)
    changes = len(blog.changes)
    with pytest.raises(Refused, match="no draft there any more"):
        await desk.hand_over(replace=True)
    assert len(blog.changes) == changes


async def test_a_draft_that_was_thrown_away_is_made_anew(blog: Blog, desk: Desk) -> None:
    first = await desk.hand_over()
    blog.throw_away(first.id)
    second = await desk.hand_over()
    assert second.id != first.id
    assert [str(post["id"]) for post in blog.drafts] == [second.id]
    assert (await desk.hand_over()).id == second.id


ANSWERS: dict[str, tuple[Answer, type[Exception], str]] = {
    "unauthorized": (given({"message": "No."}, 401), Refused, "add the blog again"),
    "forbidden": (given({"message": "No."}, 403), Refused, "does not let this account write posts"),
    "missing": (given({"message": "No."}, 404), Refused, "API at this address"),
    "too long": (given({"message": "No."}, 413), Refused, "Shorten it"),
    "invalid": (given({"message": "<b>Bad</b>  one", "errors": [{"message": "Bad one"}]}, 422), Refused, "“Bad one”"),
    "moved": (Answer(301, headers={"Location": "https://www.blog.example/wp"}), Refused, "to https://www.blog.example"),
    "busy": (given({"message": "Slow down."}, 429, **{"Retry-After": "7"}), Busy, "Try again later"),
    "broken": (Answer(502, b"<h1>Bad gateway</h1>", HTML), Busy, "answered 502"),
    "a page": (Answer(200, b"<html>Sign in</html>", HTML), Refused, "with a page where"),
    "a refusal as a page": (Answer(403, b"<html>Blocked by a firewall</html>", HTML), Refused, "firewall"),
    "nothing": (Answer(200), Refused, "with a page where"),
    "half": (Answer(200, b'{"id": 4'), Refused, "with a page where"),
    "a number": (given(7), Refused, "with a page where"),
    "other data": (given({"ok": True}), Refused, "did not answer as"),
    "no posts": (given({"posts": []}), Refused, "did not answer as"),
}


@pytest.mark.parametrize("case", ANSWERS)
async def test_whatever_a_server_answers_is_told_in_a_sentence(blog: Blog, desk: Desk, case: str) -> None:
    answer, kind, said = ANSWERS[case]
    await desk.there.drafts()  # so that the API is known
    blog.instead = [answer]
    with pytest.raises(kind, match=said) as met:
        await desk.there.create(DRAFT)
    message = str(met.value)
    assert message.endswith((".", "”"))
    assert "<" not in message
    assert blog.secret not in message
    assert getattr(met.value, "retry_after", None) == (7 if case == "busy" else None)
    assert getattr(met.value, "permanent", None) is (kind is Refused)


async def test_a_list_or_a_post_that_is_none_is_told_too(blog: Blog, desk: Desk) -> None:
    await desk.there.drafts()
    whole = {"id": 41, "slug": "p", "status": "draft", "updated_at": "2026-11-29", "modified_gmt": "2026-11-29"}
    long = {**whole, "updated_at": "2026" * 99, "modified_gmt": "2026" * 99}
    posts = ({"id": 1}, long, {**whole, "slug": "p\x00"})
    for ask in (desk.there.drafts, lambda: desk.there.read("41")):
        for shape in (shape for post in posts for shape in (post, [post], {"posts": [post]})):
            blog.instead = [given(shape)]
            with pytest.raises(Refused, match="did not answer as"):
                await ask()


async def test_wrong_credentials_are_told_by_what_the_server_says(blog: Blog, fetcher: Fetcher) -> None:
    wrong = "no such password" if blog.kind == "wordpress" else f"{servers.Ghost.key_id}:{'00' * 32}"
    with pytest.raises(Refused, match="does not accept the credentials") as met:
        await destination(blog, fetcher, wrong).drafts()
    assert ("application password" if blog.kind == "wordpress" else "invalid signature") in str(met.value)
    assert wrong not in str(met.value)


async def test_no_post_goes_to_a_private_address_that_is_not_allowed(blog: Blog) -> None:
    async with Fetcher(user_agent="test") as guarded:
        with pytest.raises(FetchBlocked):
            await destination(blog, guarded).drafts()
    assert not blog.asked


# WordPress


@pytest.mark.parametrize("pretty", [True, False])
async def test_the_api_is_found_with_and_without_permalinks(
    wordpress: servers.WordPress, fetcher: Fetcher, pretty: bool
) -> None:
    wordpress.pretty = pretty
    desk = Desk(destination(wordpress, fetcher))
    await desk.hand_over()
    await desk.hand_over()
    assert len(wordpress.posts) == 1
    assert {asked.path for asked in wordpress.changes} == (
        {"/wp-json/wp/v2/posts", "/wp-json/wp/v2/posts/41"} if pretty else {"/index.php"}
    )


async def test_without_the_header_the_usual_place_is_taken(wordpress: servers.WordPress, fetcher: Fetcher) -> None:
    wordpress.instead = [Answer(200, b"<p>A page of a cache.</p>", HTML)]
    await destination(wordpress, fetcher).create(DRAFT)
    assert len(wordpress.drafts) == 1


@pytest.mark.parametrize(
    "root", ["https://evil.example/wp-json/", "http://169.254.169.254/wp-json/", "ftp://127.0.0.1/"]
)
async def test_the_password_goes_to_no_other_host_than_the_blog_s(
    wordpress: servers.WordPress, fetcher: Fetcher, root: str
) -> None:
    wordpress.instead = [Answer(200, b"", {"Link": f'<{root}>; rel="https://api.w.org/"'})]
    with pytest.raises(Refused, match="is not sent to the other"):
        await destination(wordpress, fetcher).create(DRAFT)
    assert len(wordpress.asked) == 1
    assert "authorization" not in wordpress.asked[0].headers


async def test_who_may_not_write_is_told_their_role(wordpress: servers.WordPress, fetcher: Fetcher) -> None:
    wordpress.may["ada"] = "subscriber"
    with pytest.raises(Refused, match="does not show us its drafts"):
        await destination(wordpress, fetcher).drafts()
    with pytest.raises(Refused, match="Author, Editor or Administrator"):
        await destination(wordpress, fetcher).create(DRAFT)


async def test_a_server_that_drops_the_password_is_told_as_such(wordpress: servers.WordPress, fetcher: Fetcher) -> None:
    wordpress.drops_authorization = True
    with pytest.raises(Refused, match="Authorization header"):
        await destination(wordpress, fetcher).drafts()


async def test_the_password_goes_along_as_basic_authentication(wordpress: servers.WordPress, fetcher: Fetcher) -> None:
    await destination(wordpress, fetcher).create(DRAFT)
    scheme, packed = wordpress.changes[0].headers["authorization"].split(" ")
    assert (scheme, base64.b64decode(packed).decode()) == ("Basic", f"ada:{wordpress.secret}")


# Ghost


async def test_ghost_is_asked_with_a_fresh_token_and_the_version(ghost: servers.Ghost, fetcher: Fetcher) -> None:
    await Desk(destination(ghost, fetcher)).hand_over()
    assert {asked.headers["accept-version"] for asked in ghost.asked} == {"v5.0"}
    assert ghost.changes[0].query == {"source": "html"}
    assert ghost.posts[next(iter(ghost.posts))]["meta_description"] == DRAFT.description


def test_a_token_is_a_json_web_token_for_the_admin_api() -> None:
    header, claims, _ = token(servers.Ghost.secret, 1_800_000_000.7).split(".")
    read: Callable[[str], Any] = lambda piece: json.loads(base64.urlsafe_b64decode(piece + "=="))  # noqa: E731
    assert read(header) == {"alg": "HS256", "kid": servers.Ghost.key_id, "typ": "JWT"}
    assert read(claims) == {"iat": 1_800_000_000, "exp": 1_800_000_000 + TOKEN_S, "aud": "/admin/"}
    for none in ("", "abc", "abc:", ":00", "abc:xyz"):
        with pytest.raises(Refused, match="no Admin API key"):
            token(none, 0)


async def test_the_slug_that_ghost_numbers_is_still_ours(ghost: servers.Ghost, fetcher: Fetcher) -> None:
    await Desk(destination(ghost, fetcher)).hand_over()
    desk = Desk(destination(ghost, fetcher))
    ghost.lost = 1
    with pytest.raises(FetchFailed):
        await desk.hand_over()
    ours = await desk.hand_over(same_run=True)
    assert ours.slug == f"{DRAFT.slug}-2"
    assert len(ghost.posts) == 2


async def test_long_titles_and_descriptions_are_cut_to_what_ghost_takes(ghost: servers.Ghost, fetcher: Fetcher) -> None:
    await destination(ghost, fetcher).create(Draft("Pump " * 60, "<p>x</p>", "p", "Care. " * 100, "Care. " * 100))
    [post] = ghost.posts.values()
    assert 200 < len(post["title"]) <= 255
    assert len(post["custom_excerpt"]) == 300


async def test_a_change_made_there_in_that_moment_is_not_overwritten(ghost: servers.Ghost, fetcher: Fetcher) -> None:
    there = destination(ghost, fetcher)
    remote = await there.create(DRAFT)
    ghost.edit(remote.id, title="Theirs")
    with pytest.raises(Refused, match="in this very moment"):
        await there.update(remote, DRAFT)
    assert ghost.posts[remote.id]["title"] == "Theirs"
