"""The table is whole, and what it says is so: every route and message, asked for by each of five people."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings

from genisys_site.asgi import application
from runs.accounts import tokens
from runs.live.sockets import Message
from runs.models import ApiToken
from tests.rights.routes import METHODS, is_ours, routes
from tests.rights.table import ACCOUNTS, ADMIN, API, PAGES, ROLES, ROWS, SOCKET, STAFF_PAGES, Line, Row
from tests.rights.world import World

GROUPS = {"pages": PAGES, "staff": STAFF_PAGES, "api": API, "accounts": ACCOUNTS, "admin": ADMIN}
HOW = "`python -m tests.rights` prints the rows that are missing."
PATIENCE_S = 10
DONE = {"200", "201", "202", "302", "303"}
ANSWER_POST_AS_GET = {"api/docs", "api/openapi.json"}
TAKES_ANYTHING = {"csp-report"}
"""Browsers send their reports without a token; they change nothing."""

pytestmark = pytest.mark.timeout(600)


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    listed = {row.route for row in ROWS}
    assert set(routes()) - listed == set(), HOW
    assert listed - set(routes()) == set(), "These routes are gone: take their rows out."


def test_every_row_says_something_of_every_role() -> None:
    assert all(len(row.cells) == len(ROLES) for row in [*ROWS, *SOCKET])


def test_every_message_of_the_socket_has_a_row() -> None:
    kinds = {get_args(kind.model_fields["t"].annotation)[0] for kind in get_args(get_args(Message)[0])}
    assert kinds - {line.message for line in SOCKET} == set()


@pytest.mark.parametrize("group", GROUPS)
async def test_everybody_is_answered_as_the_table_says(world: World, group: str) -> None:
    differing = []
    for row in GROUPS[group]:
        for by_token in (False, True) if group == "api" else (False,):
            answers = tuple([await world.ask(row, role, by_token=by_token) for role in ROLES])
            if answers != row.cells:
                differing.append(f"{row}{' by token' if by_token else ''}: {_difference(row, answers)}")
    assert not differing, "\n" + "\n".join(differing)


@pytest.mark.parametrize("scope", ApiToken.SCOPES)
async def test_a_token_opens_what_its_scope_says_and_nothing_else(world: World, scope: str) -> None:
    differing = []
    _, secret = await sync_to_async(tokens.issue)(world.people["owner"], name=scope, scopes=[scope])
    world.tokens["owner"] = secret
    for row in API:
        if row.cells[0] in DONE and row.cells[-1] == "401":
            answer = await world.ask(row, "owner", by_token=True)
            if answer != (row.cells[0] if row.scopes <= {scope} else "403"):
                differing.append(f"{row}: {answer} with the scope {scope}")
    assert not differing, "\n" + "\n".join(differing)


async def test_a_method_without_a_row_is_closed(world: World) -> None:
    """Views of libraries may take another method for GET or POST: that opens nothing to an outsider, either."""
    shown: dict[str, set[str]] = {}
    for row in ROWS:
        shown.setdefault(row.route, {"405"}).update(row.cells[ROLES.index("outsider") :])
    listed = {(row.method, row.route) for row in ROWS}
    opened = []
    for route, pattern in routes().items():
        for method in METHODS:
            asked = Row(method, route, (), run="done")
            if (method, route) in listed:
                continue
            if is_ours(pattern):
                if not await world.is_closed(asked):
                    opened.append(str(asked))
            elif (answer := await world.ask(asked, "outsider")) not in shown[route]:
                opened.append(f"{asked}: {answer} for an outsider")
    assert not opened, "\n".join(["", *opened, HOW])


async def test_nothing_is_changed_by_a_request_that_another_site_s_page_could_send(world: World) -> None:
    unprotected = []
    for row in ROWS:
        able = [role for role, cell in zip(ROLES, row.cells, strict=True) if cell in DONE]
        if row.method == "GET" or row.route in ANSWER_POST_AS_GET | TAKES_ANYTHING or not able:
            continue
        answer = await world.ask(row, able[0], checks_csrf=True)
        if answer != "403":
            unprotected.append(f"{row}: {answer} for the {able[0]}")
    assert not unprotected, "\n" + "\n".join(unprotected)


async def test_everybody_hears_on_the_socket_what_the_table_says(world: World) -> None:
    differing = []
    for line in SOCKET:
        answers = tuple([await _heard(world, line, role) for role in ROLES])
        if answers != line.cells:
            differing.append(f"{line.message or 'connect'} {line.run}: {_difference(line, answers)}")
    assert not differing, "\n" + "\n".join(differing)


def _difference(row: Row | Line, answers: tuple[str, ...]) -> str:
    found = zip(ROLES, row.cells, answers, strict=True)
    return ", ".join(f"{role} {answer}, not {cell}" for role, cell, answer in found if answer != cell)


async def _heard(world: World, line: Line, role: str) -> str:
    headers = [(b"host", b"localhost"), (b"origin", b"http://localhost")]
    if role in world.sessions:
        headers.append((b"cookie", f"{settings.SESSION_COOKIE_NAME}={world.sessions[role]}".encode()))
    socket = WebsocketCommunicator(application, "/ws/runs", headers)
    await socket.send_input({"type": "websocket.connect"})
    assert (await socket.receive_output(PATIENCE_S))["type"] == "websocket.accept"
    try:
        if role in world.sessions and line.message:
            message: dict[str, Any] = {"t": line.message, "run": await world.run(line.run), "seq": 1}
            await socket.send_to(json.dumps(message))
        if line.message in ("", "unsub", "ack") and role in world.sessions:
            # These have no answer; one that comes would come before that of a message that nobody understands.
            await socket.send_to("?")
            said = json.loads((await socket.receive_output(PATIENCE_S))["text"])
            return "open" if said["code"] == 400 else str(said)
        said = json.loads((await socket.receive_output(PATIENCE_S))["text"])
        return str(said["code"]) if said["t"] == "error" else said["t"]
    finally:
        await socket.disconnect(timeout=PATIENCE_S)
