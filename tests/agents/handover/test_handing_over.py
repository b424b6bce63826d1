"""A post handed over: as a run, from its page, over the API and from the terminal; and who may do what with a blog."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.management import CommandError, call_command
from django.template.loader import render_to_string
from django.urls import reverse

from agents.editing import versions
from agents.handover import blogs, outcome
from agents.handover.requests import HandOverRequest
from agents.handover.workflow import hand_over_post
from agents.models import Blog, HandOver, Post
from agents.post.assemble import body_of
from genisys import UserError
from genisys.host import new_run_id
from genisys.testing import Report, run_in_memory
from runs.models import AuditEntry, Run
from runs.products import product_of
from tests.agents.handover import servers
from tests.agents.handover.servers import KINDS, given

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = "# How pumps age\n\nThe pump is checked.[1] Once a year.[1]\n\n## Costs\n\nThey are low.\n"
HandOverIt = Callable[..., Awaitable[Report]]


@pytest.fixture(params=sorted(KINDS))
def server(request: Any, settings: Any) -> Iterator[servers.Blog]:
    settings.GENISYS_WEBHOOK_ALLOWED_PRIVATE_HOSTS = ["127.0.0.1"]
    served = KINDS[request.param]()
    yield served
    served.stop()


@pytest.fixture
def wordpress(settings: Any) -> Iterator[servers.WordPress]:
    settings.GENISYS_WEBHOOK_ALLOWED_PRIVATE_HOSTS = ["127.0.0.1"]
    served = servers.WordPress()
    yield served
    served.stop()


@pytest.fixture
def post(person: Any) -> Post:
    about = {"titles": [], "description": "What a pump needs.", "excerpt": "What a pump needs."}
    parts = [{"n": 0, "heading": "", "written_by": "scripted", "about": about}]
    made = Post.objects.create(
        owner=person, topic="pumps", title="How pumps age", markdown=TEXT, parts=parts, version=3
    )
    made.versions.create(number=3, title=made.title, markdown=TEXT)
    return made


def added(owner: Any, server: servers.Blog) -> Blog:
    return blogs.add(owner.pk, kind=server.kind, address=server.url, user=server.user, secret=server.secret)


@pytest.fixture
def hand_over(person: Any, post: Post, monkeypatch: pytest.MonkeyPatch) -> HandOverIt:
    """Runs the workflow in memory for the person, without waiting between tries."""
    monkeypatch.setattr("random.uniform", lambda low, high: low)

    async def run(blog: Blog, *, run_id: str = "", replace: bool = False, **options: Any) -> Report:
        run_id = run_id or new_run_id()
        await Run.objects.aget_or_create(
            pk=run_id, defaults={"workflow": "hand-over-post", "owner": person, "deployment": "test", "input": {}}
        )
        order = HandOverRequest(post_id=str(post.pk), blog_id=str(blog.pk), replace=replace)
        return await run_in_memory(hand_over_post, order, run_id=run_id, **options)

    return run


async def test_a_run_makes_the_draft_and_the_next_one_changes_it(
    server: servers.Blog, person: Any, post: Post, hand_over: HandOverIt
) -> None:
    blog = await sync_to_async(added)(person, server)
    report = await hand_over(blog)
    assert report.error is None, report.error
    assert (report.output.version, report.output.is_new) == (3, True)
    [sent] = server.posts.values()
    html = sent.get("content") or sent.get("html")
    assert "<h2>Costs</h2>" in html
    assert "The pump is checked. Once a year." in html, "of sentences in a row, the last has the marker"
    assert "How pumps age" not in html, "the title is the post's own, and not in its text"
    assert (sent["slug"], sent["status"]) == ("how-pumps-age", "draft")
    assert "What a pump needs." in (sent.get("excerpt"), sent.get("meta_description"))
    body = body_of(TEXT).replace("[1]", "").replace("They are low.", "They are high.")
    await sync_to_async(versions.edit)(post, person, base=3, title="How pumps last", body=body)
    report = await hand_over(blog)
    assert (report.output.version, report.output.is_new) == (4, False)
    assert [each["title"] for each in server.posts.values()] == ["How pumps last"]
    row = await HandOver.objects.aget()
    assert (row.version, row.edit_url) == (4, report.output.edit_url)
    await sync_to_async(versions.restore)(post, person, 3)
    report = await hand_over(blog)
    assert (report.output.version, report.output.is_new) == (5, False)
    [sent] = server.posts.values()
    assert "They are low." in (sent.get("content") or sent["html"])


async def test_whatever_breaks_in_between_there_is_one_draft(
    server: servers.Blog, person: Any, hand_over: HandOverIt
) -> None:
    blog = await sync_to_async(added)(person, server)
    server.lost = 2
    server.instead = [None, None, given({"message": "Not now."}, 503)]
    report = await hand_over(blog)
    assert report.error is None, report.error
    assert len(server.posts) == 1
    again = await hand_over(blog, crash_after={"hand_over": 1})
    assert again.error is None
    assert len(server.posts) == 1


async def test_what_stands_in_the_way_is_the_run_s_reason_and_the_secret_stands_nowhere(
    server: servers.Blog, person: Any, hand_over: HandOverIt
) -> None:
    blog = await sync_to_async(added)(person, server)
    server.instead = [given({"message": "No.", "errors": [{"message": "No."}]}, 401)] * 2
    report = await hand_over(blog)
    assert report.error is not None
    assert "does not accept the credentials" in report.error.message
    assert not server.changes
    kept = json.dumps([report.events, [step.input for step in report.steps], blog.sealed_secret], default=str)
    assert server.secret not in kept
    assert server.secret not in json.dumps(await sync_to_async(list)(Run.objects.values()), default=str)


async def test_a_secret_that_cannot_be_opened_any_more_is_asked_for_again(
    wordpress: servers.WordPress, person: Any, hand_over: HandOverIt, settings: Any
) -> None:
    blog = await sync_to_async(added)(person, wordpress)
    settings.GENISYS_SECRETS = ["another key than before"]
    report = await hand_over(blog)
    assert report.error is not None
    assert "Add the blog again" in report.error.message
    assert not wordpress.asked


# Blogs


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://Blog.example.com/", "https://blog.example.com"),
        (" https://example.com/news/wp-admin/post.php?post=4 ", "https://example.com/news"),
        ("https://example.com/ghost/#/editor", "https://example.com"),
        ("https://example.com/ghost-stories", "https://example.com/ghost-stories"),
        ("https://example.com:8443", "https://example.com:8443"),
    ],
)
def test_a_blog_s_address_is_kept_whatever_page_of_it_was_given(typed: str, kept: str) -> None:
    assert blogs.address_of(typed) == kept


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("http://example.com", "https:// addresses"),
        ("http://127.0.0.1:99", "https:// addresses"),
        ("https://ada:pw@example.com", "before the @"),
        ("example.com", "Write it as"),
        ("ftp://example.com", "Write it as"),
        ("https://", "Write it as"),
        ("https://[::1", "Write it as"),
    ],
)
def test_an_address_that_could_give_the_password_away_is_refused(typed: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        blogs.address_of(typed)


@pytest.mark.parametrize(
    ("kind", "user", "secret"),
    [("wordpress", "", "abcd"), ("wordpress", "a:b", "abcd"), ("wordpress", "ada", " "), ("ghost", "", "no key")],
)
def test_credentials_that_cannot_be_right_are_told_before_anything_is_sent(kind: str, user: str, secret: str) -> None:
    with pytest.raises(UserError):
        blogs.credentials_of(kind, user, secret)


def test_a_blog_added_again_takes_the_new_password_and_keeps_its_drafts(person: Any, post: Post) -> None:
    given = {"kind": "wordpress", "address": "https://blog.example.com", "user": "ada"}
    first = blogs.add(person.pk, **given, secret="first one")
    HandOver.objects.create(post=post, blog=first, remote_id="41")
    second = blogs.add(person.pk, **{**given, "address": "https://blog.example.com/wp-admin/"}, secret="second one")
    assert second.pk == first.pk
    assert second.sealed_secret != first.sealed_secret
    assert HandOver.objects.get().blog == second


def test_a_person_adds_sees_and_removes_their_own_blogs_alone(client: Any, person: Any, django_user_model: Any) -> None:
    url, form = reverse("agents:blogs"), {"kind": "wordpress", "address": "https://news.example.org", "user": "ada"}
    client.force_login(person)
    assert client.post(url, {**form, "secret": "abcd EFGH"}).status_code == 303
    blog = Blog.objects.get()
    page = client.get(url).text
    assert "news.example.org" in page
    assert "abcd" not in page
    assert "abcd" not in blog.sealed_secret
    wrong = client.post(url, {**form, "kind": "ghost", "secret": "abcd EFGH"})
    assert wrong.status_code == 422
    assert "no Admin API key" in wrong.text
    assert "abcd EFGH" not in wrong.text, "what was typed into a password field is not sent back"
    assert client.post(url, {**form, "kind": "other", "secret": "abcd EFGH"}).status_code == 422
    client.force_login(django_user_model.objects.create_user(username="eve", email="eve@example.com"))
    assert "news.example.org" not in client.get(url).text
    assert client.post(reverse("agents:remove_blog", args=[blog.pk])).status_code == 404
    client.force_login(person)
    assert client.post(reverse("agents:remove_blog", args=[blog.pk])).status_code == 303
    assert not Blog.objects.exists()
    entries = AuditEntry.objects.order_by("pk").values_list("action", flat=True)
    assert list(entries) == ["blog.add", "blog.remove"]
    assert "abcd" not in str(list(AuditEntry.objects.values_list("detail", flat=True)))


def test_each_kind_of_blog_asks_for_its_own_fields_and_needs_all_of_them(client: Any, person: Any) -> None:
    url = reverse("agents:blogs")
    client.force_login(person)
    wordpress, ghost = (
        part.partition("</form>")[0] for part in client.get(url).text.split('<details class="fold"')[1:]
    )
    assert "optional" not in wordpress + ghost
    assert re.findall(r'name="(user|secret)"[^>]* required', wordpress) == ["user", "secret"]
    assert re.findall(r'name="(user|secret)"[^>]* required', ghost) == ["secret"]
    assert set(re.findall(r'id="(\w+)"', wordpress)).isdisjoint(re.findall(r'id="(\w+)"', ghost))
    for kind, lacks in (("wordpress", ["user"]), ("ghost", ["secret"])):
        given = {"kind": kind, "address": "https://news.example.org", "secret": "abcd"}
        given = {name: value for name, value in given.items() if name not in lacks}
        answer = client.post(url, given)
        assert answer.status_code == 422
        assert re.findall(r'<details class="fold" open><summary>(\w+)', answer.text) == [Blog.Kind(kind).label]
        assert f'id="{kind}_{lacks[0]}_error"' in answer.text


def test_there_is_an_end_to_how_many_blogs_a_person_has(person: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Blog, "MOST_OF_A_PERSON", 1)
    given = {"kind": "wordpress", "user": "ada", "secret": "abcd"}
    blogs.add(person.pk, address="https://one.example", **given)
    with pytest.raises(UserError, match="Remove one first"):
        blogs.add(person.pk, address="https://two.example", **given)


# From the page, the API, the terminal


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch, person: Any) -> list[dict[str, Any]]:
    """What was handed to the runs by pages and by the command."""
    orders: list[dict[str, Any]] = []

    def start(**order: Any) -> Run:
        orders.append(order)
        return Run.objects.create(workflow=order["workflow"], owner=person, deployment="test", input={})

    async def astart(**order: Any) -> Run:
        orders.append(order)
        return Run(title=order["title"])

    async def follow(run: Run, **options: Any) -> int:
        return 0

    monkeypatch.setattr("agents.handover.views.start_run_sync", start)
    monkeypatch.setattr("agents.management.commands.export_post.start_run", astart)
    monkeypatch.setattr("agents.management.commands.export_post.follow_in_terminal", follow)
    return orders


def test_the_post_s_page_hands_it_over_and_says_where_it_is(
    client: Any, person: Any, post: Post, started: list[dict[str, Any]]
) -> None:
    client.force_login(person)
    page = post.get_absolute_url()
    assert "add your blog first" in client.get(page).text
    blog = blogs.add(person.pk, kind="wordpress", address="https://blog.example.com", user="ada", secret="abcd")
    shown = client.get(page).text
    assert "Hand over as a draft" in shown
    assert "Put this version over" not in shown, "there is nothing to put it over"
    answer = client.post(reverse("agents:hand_over", args=[post.pk]), {"blog": str(blog.pk), "once": "1"})
    assert answer.status_code == 303
    [order] = started
    assert (order["workflow"], order["idempotency_key"]) == ("hand-over-post", f"hand-over:{post.pk}:1")
    assert order["input"] == HandOverRequest(post_id=str(post.pk), blog_id=str(blog.pk), replace=False)
    row = HandOver.objects.create(
        post=post, blog=blog, remote_id="41", version=2, edit_url="https://blog.example.com/wp-admin/post.php?post=41"
    )
    HandOver.objects.filter(pk=row.pk).update(handed_at=post.created_at)
    shown = client.get(page).text
    assert "Version 2 has been in" in shown
    assert "the post has changed since" in shown
    assert "Put this version over" in shown
    client.post(reverse("agents:hand_over", args=[post.pk]), {"blog": "no blog"})
    client.post(reverse("agents:hand_over", args=[post.pk]), {"blog": str(blog.pk), "replace": "on"})
    assert [each["input"].replace for each in started] == [False, True]


def test_the_run_s_page_leads_to_the_draft_or_back_to_the_post(person: Any, post: Post) -> None:
    run = Run(pk="r", workflow="hand-over-post", owner=person, input={"post_id": str(post.pk)})

    def shown(output: dict[str, Any] | None, *, live: bool = False) -> str:
        told = outcome.context(run, {"output": output})
        return render_to_string("agents/_errand.html", {**told, "view": SimpleNamespace(live=live)})

    back, dead = (
        f"/posts/{post.pk}/#take",
        [{"url": "https://s.example/", "where": "source 1", "why": "it answers 404"}],
    )
    made = {"edit_url": "https://b.example/wp-admin/", "blog": "b.example", "dead_links": dead}
    assert all(words in shown(made) for words in ("Open the draft in b.example", back, "source 1: it answers 404"))
    assert "All links work." in shown({**made, "dead_links": []})
    assert "javascript:" not in shown({**made, "edit_url": "javascript:alert(1)"})
    failed = shown(None)
    assert back in failed
    assert "Open the draft" not in failed
    assert back not in shown(None, live=True)
    offers = {name: product.starts_again for name in ("hand-over-post", "write-post") if (product := product_of(name))}
    assert offers == {"hand-over-post": False, "write-post": True}, "the form of posts starts no hand-over"


def test_over_the_api_blogs_are_kept_and_what_was_handed_over_is_listed(client: Any, person: Any, post: Post) -> None:
    client.force_login(person)
    order = {"kind": "wordpress", "address": "https://blog.example.com/wp-admin/", "user": "ada", "secret": "abcd EFGH"}
    added = client.post("/api/blogs", order, content_type="application/json")
    assert added.status_code == 201
    blog = added.json()
    assert (blog["address"], blog["kind"], blog["user"]) == ("https://blog.example.com", "wordpress", "ada")
    assert "abcd" not in added.text + client.get("/api/blogs").text
    for wrong in ({"kind": "ghost"}, {"address": "http://blog.example.com"}, {"kind": "other"}, {"user": "a\x00"}):
        refused = client.post("/api/blogs", {**order, **wrong}, content_type="application/json")
        assert refused.status_code == 422
        assert "abcd" not in refused.text
    listed = f"/api/posts/{post.pk}/hand-overs"
    assert client.get(listed).json() == []
    row = HandOver.objects.create(
        post=post, blog_id=blog["id"], remote_id="41", version=2, edit_url="https://b.example/"
    )
    assert client.get(listed).json() == [], "none has arrived so far"
    HandOver.objects.filter(pk=row.pk).update(handed_at=post.created_at)
    [told] = client.get(listed).json()
    assert (told["blog"], told["version"], told["edit_url"]) == (blog["id"], 2, "https://b.example/")
    assert client.delete(f"/api/blogs/{blog['id']}").status_code == 204
    assert client.get("/api/blogs").json() == client.get(listed).json() == []


def test_the_command_hands_over_for_the_post_s_owner(
    person: Any, post: Post, started: list[dict[str, Any]], django_user_model: Any
) -> None:
    blog = blogs.add(person.pk, kind="wordpress", address="https://blog.example.com", user="ada", secret="abcd")
    other = django_user_model.objects.create_user(username="eve", email="eve@example.com")
    blogs.add(other.pk, kind="wordpress", address="https://eve.example", user="eve", secret="abcd")
    for named in ("blog.example.com", str(blog.pk), "https://blog.example.com/"):
        with pytest.raises(SystemExit) as ended:
            call_command("export_post", str(post.pk), "--to", named)
        assert ended.value.code == 0
    assert {order["input"].blog_id for order in started} == {str(blog.pk)}
    assert {order["user"].pk for order in started} == {person.pk}
    with pytest.raises(CommandError, match=r"no blog “eve.example”.*blog\.example\.com"):
        call_command("export_post", str(post.pk), "--to", "eve.example")
