"""A filled database, five people before it, and a way to ask for one thing as one of them and leave no trace."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.mfa.models import Authenticator
from asgiref.sync import iscoroutinefunction, sync_to_async
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db import transaction
from django.test import AsyncClient, Client
from django.utils import timezone
from pydantic import BaseModel, Field

from agents.models import Blog, Post
from genisys import workflow
from genisys.host import StepRecord
from ingestion.models import Page, Passage, Site
from runs.accounts import tokens
from runs.engines import engine
from runs.models import ApiToken, AuditEntry, Run, ShareLink, Step
from runs.record import archive
from runs.service.starting import start_run
from runs.webhooks.models import Webhook, WebhookDelivery
from staff.models import BulkAct
from tests.rights.routes import address, routes
from tests.rights.table import ROLES, Row

SIGN_IN = "/accounts/login/"
ADMIN_SIGN_IN = "/admin/login/"


class Order(BaseModel):
    topic: str = Field(min_length=3)


class Delivery(BaseModel):
    text: str


@workflow(name="rights-test", title=lambda order: f"About {order.topic}")
async def rights_test(order: Order) -> Delivery:
    """Writes about a topic."""
    return Delivery(text=order.topic)


@dataclass
class World:
    """What there is: everything in it is the owner's, and nothing is anybody else's."""

    people: dict[str, Any] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    things: dict[str, str] = field(default_factory=dict)
    objects: dict[str, str] = field(default_factory=dict)
    _clients: dict[Any, Any] = field(default_factory=dict)

    def fill(self) -> None:
        """Make the people and what the owner has."""
        for role in ROLES[:-1]:
            person = self._person(role, is_staff=role in ("operator", "viewer"))
            client = Client()
            client.force_login(person)
            self.people[role] = person
            self.sessions[role] = client.cookies[settings.SESSION_COOKIE_NAME].value
            self.tokens[role] = tokens.issue(person, name=role, scopes=list(ApiToken.SCOPES))[1]
        self.people["operator"].user_permissions.add(Permission.objects.get(codename="operate_run"))
        self._fill_products()
        self._fill_admin()

    def _person(self, name: str, **fields: Any) -> Any:
        return get_user_model().objects.create_user(name, f"{name}@example.test", "a good password", **fields)

    def _fill_products(self) -> None:
        owner = self.people["owner"]
        done = _finished_run(owner)
        site = Site.objects.create(
            owner=owner, url="https://solar.example/", title="Solar", run_id=done.pk, profile={"what": "Roofs."}
        )
        page = Page.objects.create(site=site, url="https://solar.example/a", outcome="ok")
        Passage.objects.create(page=page, ordinal=0, heading="Age", text="Panels lose half a percent a year.")
        post = Post.objects.create(owner=owner, site=site, run_id=done.pk, topic="Panels", markdown="Panels age.")
        blog = Blog.objects.create(owner=owner, kind="wordpress", address="https://blog.test", sealed_secret="-")
        hook = Webhook.objects.create(owner=owner, url="https://example.test/", sealed_secret="-")
        sent = WebhookDelivery.objects.create(
            webhook=hook, event_id="1", event="webhook.test", body="{}", status="failed"
        )
        link = ShareLink.objects.create(run=done, created_by=owner, expires_at=timezone.now() + timedelta(days=1))
        email = EmailAddress.objects.create(user=owner, email="new@example.test")
        act = BulkAct.objects.create(action="cancel", by=owner, by_name="owner", runs=1)
        self.things |= {
            "act_id": str(act.pk),
            "done": done.pk,
            "missing": str(uuid.UUID(int=1)),
            "site_id": str(site.pk),
            "post_id": str(post.pk),
            "blog_id": str(blog.pk),
            "form": "html",
            "webhook_id": str(hook.pk),
            "delivery_id": str(sent.pk),
            "link_id": str(link.pk),
            "name": "rights-test",
            "token": "no-such-token",
            "token_id": str(ApiToken.objects.get(user=owner).pk),
            "key": EmailConfirmationHMAC(email).key,
            "uidb36": "1",
            "position": "0",
            "step": "k",
            "part": "output",
            "url": "nowhere",
            "app_label": "runs",
            "content_type_id": str(ContentType.objects.get_for_model(Run).pk),
        }

    def _fill_admin(self) -> None:
        bystander = self._person("bystander")
        for thing in (
            bystander,
            Group.objects.create(name="staff"),
            Authenticator.objects.create(user=bystander, type="recovery_codes", data={}),
            AuditEntry.objects.create(via="page", action="cancel"),
            *(model._default_manager.first() for model in (EmailAddress, Site, Page, ApiToken)),
        ):
            self.objects[f"admin/{thing._meta.app_label}/{thing._meta.model_name}/"] = str(thing.pk)
        self.objects["admin/runs/run/"] = self.objects["admin/r/"] = self.things["done"]
        self.things["id"] = str(bystander.pk)

    async def ask(self, row: Row, role: str, *, by_token: bool = False, checks_csrf: bool = False) -> str:
        """Ask as this person, and say what was answered: a status, or `login` or `admin` where one shall sign in first.

        All that it changed in the database is taken back.
        """
        values = await self._values(row)
        path = address(row.route, lambda name: values.get(name, "1")) + row.query
        headers = {"Accept": row.accept} if row.accept else {}
        if by_token and role in self.tokens:
            headers["Authorization"] = f"Bearer {self.tokens[role]}"
        options: dict[str, Any] = {"headers": headers}
        if row.method != "GET":
            options["data"] = {name: values.get(str(value)[1:-1], value) for name, value in row.body.items()}
            if row.route.startswith("api/") or row.method != "POST":
                options["content_type"] = "application/json"
        session = "" if by_token else self.sessions.get(role, "")
        view = routes()[row.route].callback
        if iscoroutinefunction(view):
            async with _nothing_happened():
                client = self._client(AsyncClient, checks_csrf, session)
                return _told(await getattr(client, row.method.lower())(path, **options))

        def ask() -> str:
            with _rolled_back():
                client = self._client(Client, checks_csrf, session)
                return _told(getattr(client, row.method.lower())(path, **options))

        return await sync_to_async(ask)()

    def _client(self, kind: type[Any], checks_csrf: bool, session: str) -> Any:
        """Return a client with that session and nothing else: a new one would load the middleware again."""
        client = self._clients.setdefault((kind, checks_csrf), kind(enforce_csrf_checks=checks_csrf))
        client.cookies.clear()
        if session:
            client.cookies[settings.SESSION_COOKIE_NAME] = session
        return client

    async def is_closed(self, row: Row) -> bool:
        """Whether not even those who may most can ask for this."""
        answers = {await self.ask(row, role) for role in ("owner", "operator")}
        return "405" in answers and answers <= {"405", "admin"}

    async def _values(self, row: Row) -> dict[str, str]:
        """What each part of the row's route stands for; the run that it names is made for this one question."""
        of_model = next((pk for start, pk in self.objects.items() if row.route.startswith(start)), "")
        values = {**self.things, "object_id": of_model}
        if "run_id" in row.route:
            values["run_id"] = await self.run(row.run)
        return values

    async def run(self, kind: str) -> str:
        """Return a run of the owner's: `live`, `stopped`, `done` (and archived), or `missing`."""
        if kind in self.things:
            return self.things[kind]
        run = await start_run(user=self.people["owner"], workflow="rights-test", input={"topic": "bees"})
        if kind == "stopped":
            await engine().cancel(run.pk)
            meta = await engine().meta(run.pk)
            assert meta is not None
            await Run.objects.filter(pk=run.pk).aupdate(status="cancelled", seq=meta.last_seq, log_id=meta.log_id)
        return run.pk


def _finished_run(owner: Any) -> Run:
    """A run that has ended and is in the archive alone."""
    run = Run.objects.create(
        owner=owner,
        workflow="rights-test",
        title="Bees",
        status="completed",
        input={"topic": "bees"},
        output={"text": "done"},
        deployment="dev",
        log_id="L1",
        seq=2,
    )
    events = [
        {"seq": 1, "at": 1, "type": "run.queued", "attempt": 0, "workflow": "rights-test", "title": "Bees"},
        {"seq": 2, "at": 2, "type": "run.completed", "attempt": 1, "output": {"text": "done"}},
    ]
    step = StepRecord("k", "write", "", None, "completed", "bees", "done", None, 1, 2, 1, "", 0, 0, 0)
    archive.pack(run, log_id="L1", last_seq=2, events=events, journal=[step]).save(force_insert=True)
    Step.objects.create(run=run, position=0, key="k", name="write", status="completed", output="done")
    return run


@contextlib.contextmanager
def _rolled_back() -> Iterator[None]:
    """Take back what is written meanwhile; what was counted to limit how often somebody may try is forgotten, too."""
    cache.clear()
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextlib.asynccontextmanager
async def _nothing_happened() -> AsyncIterator[None]:
    """The same around async code: all of Django's async ORM works in one thread, and so in this one transaction."""
    block = _rolled_back()
    await sync_to_async(block.__enter__)()
    try:
        yield
    finally:
        await sync_to_async(block.__exit__)(None, None, None)


def _told(response: Any) -> str:
    response.close()
    location = response.headers.get("Location", "")
    for name, page in (("login", SIGN_IN), ("admin", ADMIN_SIGN_IN)):
        if response.status_code == 302 and location.startswith(f"{page}?next="):
            return name
    return str(response.status_code)
