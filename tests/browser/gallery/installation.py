"""Fills the pictured installation: people, a site, a post, runs that are over, what was spent, and what went wrong."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from agents.editing import versions
from agents.models import Blog, Citation, HandOver, Post
from genisys.host import Engine
from ingestion.history import readings
from ingestion.models import Fact, Page, Passage, ProfileVersion, Site
from runs.accounts import tokens
from runs.models import ApiToken, Run, SetAside, ShareLink, digest_of
from runs.webhooks.models import Webhook, WebhookDelivery
from staff.alerts.models import Alert, Telling
from staff.models import BulkAct, BulkItem, SavedView
from staff.money import ledger
from tests.browser.gallery import content

OWNER, OPERATOR, VIEWER = "owner@example.com", "operator@example.com", "viewer@example.com"
GUARDED = "guarded@example.com"
"""Signs in with a second step."""
PASSWORD = "correct horse battery"
LINK = "a-link-that-opens-the-pictured-run-and-nothing-else"
"""The secret of the share links, which are good in the pictured installation alone."""

CAUSES = [
    "ProviderError 429 in write_section: Rate limit of # reached",
    "FetchFailed in read_page: The page took longer than # seconds",
    "UserError in choose_pages: robots.txt lets us read none of its pages",
]


def people() -> None:
    """Make the owner of everything, an operator, a member of staff who may only look, and one with a second step."""
    made = get_user_model().objects
    for email, is_staff in ((OWNER, False), (OPERATOR, True), (VIEWER, True), (GUARDED, False)):
        person = made.create_user(username=email, email=email, password=PASSWORD, is_staff=is_staff)
        EmailAddress.objects.create(user=person, email=email, verified=True, primary=True)
    made.filter(email=OPERATOR).update(is_superuser=True)
    guarded = made.get(email=GUARDED)
    TOTP.activate(guarded, generate_totp_secret())
    RecoveryCodes.activate(guarded)


def sessions() -> dict[str, str]:
    """Sign everybody in, just now and by password. Returns the keys of their sessions."""
    keys = {}
    for person in get_user_model().objects.all():
        client = Client()
        client.force_login(person)
        session = client.session
        now = timezone.now().timestamp()
        session["account_authentication_methods"] = [{"method": "password", "at": now, "reauthenticated": True}]
        session["account_authentication_methods_user"] = str(person.pk)
        session.save()
        keys[person.email] = session.session_key
    return keys


def fill() -> dict[str, str]:
    """Write everything that is over. Returns the ids that stand in the addresses of pages."""
    owner: Any = get_user_model().objects.get(email=OWNER)
    now = timezone.now()
    done = content.post().write(owner, now - timedelta(minutes=14))
    earlier = content.post("What a home battery does in winter, first draft").write(owner, now - timedelta(hours=3))
    failed = content.failed_post().write(owner, now - timedelta(minutes=31), cause=CAUSES[0])
    stopped = content.stopped_post().write(owner, now - timedelta(minutes=52))
    read = content.reading().write(owner, now - timedelta(hours=1))
    _keep_what_it_goes_on_from(done)
    big = content.big().write(owner, now - timedelta(hours=2))
    site = _site(owner, read)
    post = _post(owner, site, done)
    _crowd(owner)
    share = ShareLink.objects.create(
        run=done,
        created_by=owner,
        prefix=LINK[:6],
        digest=digest_of(LINK),
        expires_at=now + timedelta(days=30),
    )
    post.links.create(prefix=LINK[:6], digest=digest_of(LINK))
    hook = _account(owner)
    act, under_way = _acts(owner, [failed.pk, stopped.pk])
    _alerts()
    SetAside.objects.create(run=earlier, what=SetAside.What.MAIL, cause="SMTPServerDisconnected: connection lost")
    SavedView.objects.create(person=get_user_model().objects.get(email=OPERATOR), name="Over 5 ct", query="cost=0.05")
    named = {"done": done, "earlier": earlier, "failed": failed, "stopped": stopped, "read": read, "big": big}
    named |= {"site": site, "post": post, "hook": hook, "act": act, "acting": under_way, "share_link": share}
    return {name: str(row.pk) for name, row in named.items()} | {"secret": LINK}


def _keep_what_it_goes_on_from(run: Run) -> None:
    """Give a run that is over its place in Redis, without which it could neither be forked nor retried."""

    async def keep() -> None:
        async with Engine(settings.REDIS_URL) as engine:
            await engine.start(run.workflow, run.input, run_id=run.pk, title=run.title, deployment="nobody-serves-this")
            await engine.cancel(run.pk)

    asyncio.run(keep())


def _site(owner: Any, run: Run) -> Site:
    known = {
        kind: [{"statement": said, "kind": kind, "about": "", "as_of": "", "by": content.MODEL, "older": [],
                "disputed": [], "sources": [{"page_id": 1, "url": content.HOST + path, "quote": said, "as_of": ""}]}]
        for kind, (said, path) in content.FACTS.items()
    }  # fmt: skip
    profile = {
        "title": "Solaria",
        "what": "Solaria sells home batteries and the panels that fill them, with ten years of care.",
        "what_by": content.MODEL,
        "audience": "People who own a house and pay its power bill.",
        "audience_by": content.MODEL,
        "tone": "Plain and calm; short sentences, few adjectives.",
        "topics": ["batteries", "winter", "tariffs", "warranty"],
        "known": known,
        "facts": 42,
        "pages_read": 8,
        "pages_skipped": 2,
        "pages_failed": 1,
        "models": [content.MODEL],
    }
    site = Site.objects.create(
        owner=owner, url=content.HOST + "/", title="Solaria", status="ready", read_at=timezone.now(), run_id=run.pk,
        profile=profile, schedule="week",
    )  # fmt: skip
    for title, path, words, says in content.PAGES:
        page = Page.objects.create(
            site=site, url=content.HOST + path, title=title, outcome="ok", words=words, summary=says, digest=path,
            summary_by=content.MODEL,
        )  # fmt: skip
        Passage.objects.create(page=page, ordinal=0, heading=title, text=says)
        Fact.objects.create(page=page, ordinal=0, statement=says, quote=says, kind="other", by=content.MODEL)
    for title, path, outcome, note in content.NOT_READ:
        Page.objects.create(site=site, url=content.HOST + path, title=title, outcome=outcome, note=note)
    for number in range(12):
        url = f"{content.HOST}/blog/2026/{number + 1}"
        site.left_out.create(url=url, reason="budget", note="did not fit", alike=1)
    site.left_out.create(url=content.HOST + "/cart", reason="robots", note="robots.txt asks us not to read it")
    ProfileVersion.objects.create(site=site, number=1, profile={**profile, "tone": ""}, run_id=run.pk)
    ProfileVersion.objects.create(site=site, number=2, profile=profile, made_by=owner)
    readings.end(site, "the-first")
    Page.objects.filter(site=site, title="How panels age").update(digest="new", missed_by="the-second")
    Fact.objects.filter(page__site=site, page__title="Prices").update(
        statement="A battery of ten kilowatt hours costs 5,400 euros with installation."
    )
    readings.end(site, "the-second")
    return site


def _post(owner: Any, site: Site, run: Run) -> Post:
    changes = [
        {
            "before": "Charged then, it pays for itself in a year.",
            "after": "Charged then, a battery of ten kilowatt hours saves about 38 euros a month.",
            "why": "The source names a sum, and no time.",
        }
    ]
    parts = [
        {"n": n, "heading": heading, "written_by": content.MODEL, "changes": changes if n == 2 else []}
        for n, heading in enumerate(content.HEADINGS, 1)
    ]
    post = Post.objects.create(
        owner=owner, site=site, run_id=run.pk, topic=content.TITLE, evidence=content.evidence(), parts=parts,
        models_used=[content.MODEL], finished_at=run.ended_at,
    )  # fmt: skip
    for n, path, title, _ in content.EVIDENCE:
        Citation.objects.create(post=post, number=n, url=content.HOST + path, title=title)
    versions.write(post, title=content.TITLE, body=content.BODY, why="Written", run_id=run.pk)
    post.refresh_from_db()
    edited = content.BODY.replace("Set it once in October, and forget it until April.", "Set it once in October.")
    versions.write(post, title=content.TITLE, body=edited, why="Shortened", by=owner)
    _elsewhere(owner, post)
    return post


def _elsewhere(owner: Any, post: Post) -> None:
    """The post's first version is a draft in a blog, and one of its links leads nowhere."""
    blog = Blog.objects.create(
        owner=owner, kind="wordpress", address="https://blog.solaria.example", user="ada", sealed_secret="-"
    )
    edit = "https://blog.solaria.example/wp-admin/post.php?post=41&action=edit"
    HandOver.objects.create(post=post, blog=blog, remote_id="41", version=1, edit_url=edit, handed_at=post.finished_at)
    dead = {"url": f"{content.HOST}/tariffs-2024", "where": "a page to link to", "why": "it answers 404"}
    post.dead_links, post.links_checked_at = [dead], post.finished_at
    post.save(update_fields=["dead_links", "links_checked_at"])


def _crowd(owner: Any) -> None:
    """Runs of a week, for lists and sums: what the pages show of them stands in their rows alone."""
    now = timezone.now()
    titles = ["Roofs that face north", "Ten questions for an installer", "Tariffs by region", "Reading a power bill"]
    made = []
    for number in range(120):
        status = "failed" if number % 11 == 4 else "cancelled" if number % 29 == 7 else "completed"
        ended = now - timedelta(minutes=17 + 83 * number)
        seconds = 41 + (number * 37) % 190
        cost = 9_000 + (number * 7919) % 61_000
        made.append(
            Run(
                workflow=("write-post", "write-post", "ingest-site", "order-report")[number % 4],
                title=f"{titles[number % 4]}, part {1 + number // 4}",
                owner=owner if number % 3 else None,
                deployment="v42" if number < 40 else "v41",
                status=status,
                cause=CAUSES[number % 3] if status == "failed" else "",
                attempt=1 + (number % 9 == 0),
                worker=f"web-{1 + number % 2}:4127:9c2e4{number % 2}",
                input={},
                created_at=ended - timedelta(seconds=seconds + 1),
                started_at=ended - timedelta(seconds=seconds),
                ended_at=ended,
                input_tokens=2_000 + cost // 8,
                output_tokens=400 + cost // 90,
                cost_microusd=cost,
                known_cost_microusd=cost,
                cached_steps=number % 4,
                log_id="none",
            )
        )
    Run.objects.bulk_create(made)
    ledger.write([run.pk for run in made])


def _account(owner: Any) -> Webhook:
    tokens.issue(owner, name="Deploy script", scopes=list(ApiToken.SCOPES))
    tokens.issue(owner, name="Read-only report", scopes=[ApiToken.SCOPES[0]])
    hook = Webhook.objects.create(
        owner=owner,
        url="https://hooks.solaria.example/genisys",
        events=["run.completed", "run.failed"],
        sealed_secret="-",
    )
    for number, (status, code) in enumerate((("delivered", 200), ("delivered", 200), ("failed", 503))):
        WebhookDelivery.objects.create(
            webhook=hook, event_id=f"event-{number}", event="run.completed", body="{}", status=status,
            response_status=code, attempt=1, tried_at=timezone.now(),
        )  # fmt: skip
    return hook


def _acts(owner: Any, run_ids: list[str]) -> tuple[BulkAct, BulkAct]:
    by = get_user_model().objects.get(email=OPERATOR)
    now = timezone.now()
    asked = {"by": by, "by_name": OPERATOR, "query": "status=failed&since=24h"}
    act = BulkAct.objects.create(action="retry", why="The provider answers again", runs=14, ended_at=now, **asked)
    under_way = BulkAct.objects.create(
        action="cancel", why="Started by mistake", runs=240, held_until=now + timedelta(days=1), **asked
    )
    items = [BulkItem(act=act, run_id=f"run-{n}", outcome="done") for n in range(11)]
    items += [BulkItem(act=act, run_id=run_ids[0], outcome="failed", reason="Its state is no longer kept")]
    items += [
        BulkItem(act=act, run_id=f"left-{n}", outcome="skipped", reason="It is under way again") for n in range(2)
    ]
    items += [BulkItem(act=under_way, run_id=f"mass-{n}", outcome="done" if n < 90 else "") for n in range(240)]
    BulkItem.objects.bulk_create(items)
    return act, under_way


def _alerts() -> None:
    now = timezone.now()
    texts = [
        ("spend-spike", "", "$4.20 was spent in the last hour; an hour usually costs $0.61.", None),
        (
            "failing-component",
            "write_section",
            "6 runs failed in the component “write_section” in the last hour.",
            None,
        ),
        ("provider-down", "openai", "It has not answered for 2 minutes.", 9),
    ]
    for rule, subject, text, ended in texts:
        opened = now - timedelta(minutes=21)
        over = now - timedelta(minutes=ended) if ended else None
        alert = Alert.objects.create(
            rule=rule, subject=subject, text=text, opened_at=opened, seen_at=now, told_at=opened, ended_at=over
        )
        if over:  # no channel is set in this installation: the page says so of those that are open
            Telling.objects.create(alert=alert, phase="opened", channel="mail", due_at=None, sent_at=opened, tries=1)
