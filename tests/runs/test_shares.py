"""Links that show a run to strangers: what they see, what they do not, and when they see nothing."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from genisys.host import fold, new_state
from runs.models import AuditEntry, Run, ShareLink
from runs.pages.sharing import shares
from runs.record import archive

pytestmark = pytest.mark.django_db(transaction=True)

SECRETS = (
    "the input",
    "the prompt",
    "the message of the error",
    "worker-7",
    "why it waits",
    "step title",
    "note of it",
)

EVENTS = [
    {"type": "run.queued", "at": 1, "workflow": "shared-test", "title": "A title for all"},
    {"type": "run.started", "at": 2, "attempt": 1, "worker": "worker-7"},
    {"type": "step.started", "at": 3, "step": "s", "name": "s", "title": "step title", "parent": "", "attempt": 1},
    {"type": "status", "at": 4, "text": "Reading page 3 of 8"},
    {"type": "input.requested", "at": 5, "step": "s", "name": "q", "prompt": "the prompt", "schema": {}, "until": 0},
    {"type": "step.retrying", "at": 6, "step": "s", "try": 2, "delay_ms": 5, "error": {"message": "note of it"}},
    {
        "type": "step.completed",
        "at": 7,
        "step": "s",
        "model": "scripted",
        "input_tokens": 4321,
        "output_tokens": 99,
        "cost_microusd": 777_000,
    },
    {"type": "text.final", "at": 8, "block": "article", "txt": "Words for *everybody*.", "title": "Article"},
]


def _numbered(*more: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"seq": seq, **event} for seq, event in enumerate([*EVENTS, *more], 1)]


def _run(owner: Any, *more: dict[str, Any], status: str = "completed") -> Run:
    events = _numbered(*more)
    run = Run.objects.create(
        workflow="shared-test",
        title="A title for all",
        owner=owner,
        status=status,
        deployment="dev",
        input={"secret": "the input"},
        error={"message": "the message of the error"} if status == "failed" else None,
        started_at=timezone.now(),
        ended_at=timezone.now(),
        input_tokens=4321,
        cost_microusd=777_000,
        seq=len(events),
        log_id="log",
    )
    archive.pack(run, log_id="log", last_seq=len(events), events=events, journal=[]).save(force_insert=True)
    return run


def _link(client: Client, run: Run, days: int = 7) -> str:
    """The path of a new link, as the page shows it once."""
    page = client.post(f"/runs/{run.pk}/links", {"days": days}, headers={"host": "localhost:9999"})
    assert page.status_code == 200
    found = re.search(rf'value="{re.escape(settings.SITE_ADDRESS)}(/s/[\w-]+/)"', page.content.decode())
    assert found is not None
    return found[1]


@pytest.fixture
def done(people: Any) -> Run:
    return _run(people.owner, {"type": "run.completed", "at": 9, "output": {"answer": "the result"}})


@pytest.fixture
def link(client: Client, people: Any, done: Run) -> str:
    client.force_login(people.owner)
    return _link(client, done)


def test_a_stranger_sees_the_title_the_text_and_the_result(link: str) -> None:
    page = Client().get(link)
    text = page.content.decode()
    assert page.status_code == 200
    for shown in ("A title for all", "Words for <em>everybody</em>.", "the result", "Done"):
        assert shown in text


@pytest.mark.parametrize("how", ["completed", "failed"])
def test_a_stranger_sees_no_input_prompt_cost_error_or_machinery(client: Client, people: Any, how: str) -> None:
    error = {"error": {"message": "the message of the error"}} if how == "failed" else {}
    run = _run(people.owner, {"type": f"run.{how}", "at": 9, **error}, status=how)
    client.force_login(people.owner)
    text = Client().get(_link(client, run)).content.decode()
    assert "Words for" in text
    for hidden in (*SECRETS, "4,321", "4.4k", "0.77", people.owner.email, run.pk, "admin"):
        assert hidden not in text, hidden


def test_what_is_shown_names_what_it_lets_through() -> None:
    state = fold(_numbered({"type": "run.failed", "at": 9, "error": {"message": "the message of the error"}}))
    kept = shares.shown({**state, "invented_later": "secret"})
    assert set(kept) == set(new_state())
    assert not [hidden for hidden in SECRETS if hidden in repr(kept)]
    for name in ("steps", "inputs", "error", "notices", "waiting", "input_tokens", "cost_microusd", "status_lines"):
        assert kept[name] == new_state()[name]


def test_the_page_is_kept_out_of_search_engines_and_referrers(link: str) -> None:
    page = Client().get(link)
    assert "noindex" in page["X-Robots-Tag"]
    assert page["Referrer-Policy"] == "no-referrer"
    assert "no-store" in page["Cache-Control"]
    assert '<meta name="robots" content="noindex' in page.content.decode()
    assert "<form" not in page.content.decode(), "a page without a referrer could not send it"


def test_a_page_that_has_all_is_sent_nothing(link: str) -> None:
    fragment = Client().get(f"{link}fragment")
    known = re.search(r'data-seq="([^"]+)"', fragment.content.decode())
    assert known is not None
    assert Client().get(f"{link}fragment", {"seq": known[1]}).status_code == 204
    assert Client().get(f"{link}fragment", {"seq": "log:1"}).status_code == 200


@pytest.mark.parametrize("part", ["", "fragment"])
def test_a_revoked_link_says_so_with_410(client: Client, done: Run, link: str, part: str) -> None:
    row = ShareLink.objects.get()
    assert client.post(f"/runs/{done.pk}/links/{row.pk}/revoke").status_code == 303
    page = Client().get(link + part)
    assert page.status_code == 410
    assert "was revoked" in page.content.decode()
    assert "noindex" in page["X-Robots-Tag"]
    assert "A title for all" not in page.content.decode()


def test_an_expired_link_says_so_with_410(link: str) -> None:
    ShareLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    page = Client().get(link)
    assert page.status_code == 410
    assert "expired" in page.content.decode()


def test_a_link_that_never_was_is_404(link: str) -> None:
    page = Client().get(f"{link[:-2]}/")
    assert page.status_code == 404
    assert "noindex" in page["X-Robots-Tag"]


@pytest.mark.parametrize("what", ["the account", "the run"])
def test_a_right_that_is_taken_away_takes_its_links_along(people: Any, done: Run, link: str, what: str) -> None:
    if what == "the account":
        people.owner.is_active = False
        people.owner.save()
    else:
        Run.objects.update(owner=people.outsider)
    assert Client().get(link).status_code == 410


def test_owners_and_operators_share_others_do_not(client: Client, people: Any, done: Run) -> None:
    for person, status in ((people.owner, 200), (people.operator, 200), (people.staff, 403), (people.outsider, 404)):
        client.force_login(person)
        assert client.post(f"/runs/{done.pk}/links", {"days": 7}).status_code == status, person
    client.logout()
    assert client.post(f"/runs/{done.pk}/links", {"days": 7}).status_code == 302
    row = ShareLink.objects.filter(created_by=people.owner).get()
    for person, status in ((people.staff, 403), (people.outsider, 404)):
        client.force_login(person)
        assert client.post(f"/runs/{done.pk}/links/{row.pk}/revoke").status_code == status, person
    row.refresh_from_db()
    assert row.revoked_at is None


def test_a_link_of_another_run_is_not_revoked_through_ones_own(client: Client, people: Any, link: str) -> None:
    own = _run(people.outsider, {"type": "run.completed", "at": 9})
    client.force_login(people.outsider)
    assert client.post(f"/runs/{own.pk}/links/{ShareLink.objects.get().pk}/revoke").status_code == 404
    assert ShareLink.objects.get().revoked_at is None


def test_the_link_is_shown_once_and_kept_as_a_digest(client: Client, done: Run, link: str) -> None:
    secret = link.split("/")[2]
    row = ShareLink.objects.get()
    assert secret not in {row.digest, row.prefix}
    assert len(secret) >= 40
    listed = client.get(f"/runs/{done.pk}/").content.decode()
    assert row.prefix in listed
    assert secret not in listed


def test_sharing_and_revoking_stand_in_the_audit(client: Client, people: Any, done: Run, link: str) -> None:
    client.post(f"/runs/{done.pk}/links/{ShareLink.objects.get().pk}/revoke")
    closed, made = AuditEntry.objects.all()
    assert (made.action, made.actor, made.run_id) == ("share", people.owner, done.pk)
    assert (closed.action, closed.detail) == ("share", {"revoked": made.detail["link"]})
    assert link.split("/")[2] not in repr(made.detail)


def test_a_run_has_a_bounded_number_of_open_links(client: Client, people: Any, done: Run) -> None:
    client.force_login(people.owner)
    for _ in range(shares.LINKS_PER_RUN):
        _link(client, done)
    assert client.post(f"/runs/{done.pk}/links", {"days": 7}).status_code == 303
    assert ShareLink.objects.count() == shares.LINKS_PER_RUN


def test_when_a_link_was_last_opened_is_written_down(link: str) -> None:
    Client().get(link)
    first = ShareLink.objects.get().last_used_at
    assert first is not None
    Client().get(link)
    assert ShareLink.objects.get().last_used_at == first, "at most once a minute"


@pytest.mark.parametrize("days", ["", "0", "100000", "soon"])
def test_a_link_lasts_as_long_as_offered_and_no_longer(client: Client, people: Any, done: Run, days: str) -> None:
    client.force_login(people.owner)
    assert client.post(f"/runs/{done.pk}/links", {"days": days}).status_code == 303
    assert not ShareLink.objects.exists()
