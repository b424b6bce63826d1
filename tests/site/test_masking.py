"""No log holds a secret: not its value where it is known, nor what looks like one, whoever wrote the line."""

from __future__ import annotations

import io
import json
import logging
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from genisys_site.configuration.logs import logging_config
from genisys_site.configuration.masking import DOTS, Mask
from genisys_site.launching.console import Console

SECRET = "kX3v9QpLm2Zr8TnWb5YcJd7HgFs4AeUi1oOaNqRtVwE"  # as secrets.token_urlsafe gives it
SHORT = "a1b2-c3d4"

LINES = {
    "sign-in link": f"Sign in, once, with http://localhost:8000/enter/{SECRET}",
    "share link": f'127.0.0.1:5000 - "GET /s/{SECRET}/ HTTP/1.1" 200',
    "share link, short": f'127.0.0.1:5000 - "GET /s/{SHORT}/ HTTP/1.1" 200',
    "question on a page": f"GET /runs/018f3a5e-1111-7000-8000-000000000000/inputs/{SHORT}.{SECRET}?x=1 410",
    "question over the API": f"POST /api/runs/018f3a5e-1111-7000-8000-000000000000/inputs/{SECRET}",
    "password reset": f"http://genisys.example/accounts/password/reset/key/3-{SHORT}/",
    "e-mail verification": f"/accounts/confirm-email/MQ:1abcde:{SECRET}/",
    "a link that nobody has told of": f"GET /some/new/place/{SECRET} 200",
    "token in a query": f"GET /api/runs?token={SHORT}&limit=3",
    "key in a query": f"GET https://provider.example/v1?api_key={SHORT}",
    "API token": f"Authorization: gen_{SECRET}",
    "bearer": f"{{'authorization': 'Bearer {SECRET}'}}",
    "basic": "authorization: Basic dXNlcjpodW50ZXIy" + SHORT,
    "provider's key": f"Incorrect API key provided: sk-proj-{SECRET}",
    "webhook's secret": f"signing with whsec_{SECRET}",
    "database": f"could not connect to postgres://genisys:{SHORT}@db.example:5432/genisys",
    "Redis without a name": f"Error 111 connecting to redis://:{SHORT}@redis.example:6379/0",
    "user in an address": f"https://ana:{SHORT}@example.org/page",
}

HARMLESS = [
    "GET /runs/018f3a5e-1111-7000-8000-0123456789ab/ 200",
    "GET /static/css/site.3f2a1bc4d5e6.css 200",
    "Read https://www.example.org/docs/how-to-write-a-good-changelog-for-users-of-a-library/",
    "GET /api/runs?status=failed&limit=20&cursor=abc",
    "Listening on http://127.0.0.1:8000/",
    "redis://127.0.0.1:6379/0 does not answer",
    "http://localhost:8000/s/",
    "run.starts_later run_id=018f3a5e-1111-7000-8000-0123456789ab",
    "the key of a cache, and its token bucket",
]


@pytest.mark.parametrize("what", LINES)
def test_a_secret_becomes_dots_by_its_place_or_its_look(what: str) -> None:
    masked = Mask()(LINES[what])
    assert SECRET not in masked
    assert SHORT not in masked
    assert DOTS in masked


@pytest.mark.parametrize("line", HARMLESS)
def test_what_is_no_secret_stays_readable(line: str) -> None:
    assert Mask()(line) == line


def test_a_known_value_becomes_dots_wherever_it_stands() -> None:
    mask = Mask(["hunter2-hunter2", "", "abc"])
    assert mask("it was hunter2-hunter2, abc") == f"it was {DOTS}, abc"


@pytest.mark.parametrize("as_json", [True, False])
def test_every_line_is_masked_with_its_traceback_and_its_fields(as_json: bool) -> None:
    formatter = logging_config(json=as_json, mask=Mask(["hunter2-hunter2"]))["formatters"]["lines"]
    lines = formatter.pop("()")(**formatter)
    try:
        raise RuntimeError("connecting with hunter2-hunter2 failed")
    except RuntimeError:
        record = logging.LogRecord("x", logging.ERROR, "x.py", 1, "GET %s", (f"/enter/{SECRET}",), sys.exc_info())
    line = lines.format(record)
    assert "RuntimeError" in line
    assert "hunter2" not in line
    assert SECRET not in line


def test_the_terminal_shows_the_link_and_the_file_does_not(tmp_path: Path) -> None:
    terminal = io.StringIO()
    console = Console(tmp_path, terminal)
    console.say(LINES["sign-in link"])
    console.close()
    assert SECRET in terminal.getvalue()
    assert SECRET not in (tmp_path / "up.log").read_text()


# Real processes

PLANTED = "a-value-that-nobody-may-read-42"
_START = f"""
import json
from django.contrib.auth import get_user_model
from runs.accounts.tokens import issue
from runs.models import ApiToken
from runs.service.starting import start_run_sync
from tests.site import secret_flow
user = get_user_model().objects.create_user("ana", "ana@example.org", "a password")
token = issue(user, name="test", scopes=list(ApiToken.SCOPES))[1]
run = start_run_sync(user=user, workflow="secret-flow", input={{"api_key": {PLANTED!r}}}, title="Secret")
print(json.dumps([token, run.pk]))
"""


@pytest.mark.timeout(300)
@pytest.mark.parametrize("server", ["our own", "uvicorn"])
def test_no_log_of_any_process_holds_a_secret_of_a_run_or_of_the_installation(
    own_parts: Any, server: str, wait_until: Any
) -> None:
    """A run that is given a secret, follows it and fails with it, asked for in every way; then every log is read."""
    secrets = {name: f"{name}-{SECRET}" for name in ("provider", "path", "query", "password")}
    own_parts.env |= {
        "OPENAI_API_KEY": secrets["provider"],
        "SECRET_KEY": f"own-{SECRET}",
        "GENISYS_LOG_FORMAT": "json",
    }
    modules = "tests.site.secret_flow"
    own_parts.worker.argv = [*own_parts.worker.argv[:1], "-m", "genisys", "worker", modules, "--no-spare"]
    own_parts.worker.argv += ["--redis", own_parts.redis.url, "--deployment", "dev"]
    own_parts.worker.env |= {"GENISYS_SECRET": own_parts.env["SECRET_KEY"], "PLANTED": PLANTED}
    if server == "uvicorn":
        own_parts.serve.argv = [sys.executable, "-m", "uvicorn", "genisys_site.asgi:application"]
        own_parts.serve.argv += ["--port", str(own_parts.port), "--host", "127.0.0.1"]
    own_parts.start()
    token, run_id = json.loads(own_parts.manage("shell", "--verbosity", "0", "-c", _START).splitlines()[-1])
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=own_parts.url, trust_env=False, headers=headers, timeout=60) as client:
        state = wait_until(lambda: _ended(client, run_id), "the run did not end")
        assert state["status"] == "failed"
        assert PLANTED not in str(state)
        for address in (
            f"/enter/{secrets['path']}",
            f"/s/{secrets['path']}/",
            f"/runs/{run_id}/inputs/{secrets['path']}",
            f"/accounts/password/reset/key/1-{secrets['path']}/",
            f"/api/runs?token={secrets['query']}",
        ):
            client.get(address)
        client.post("/accounts/login/", data={"login": "ana@example.org", "password": secrets["password"]})
        client.post(f"/api/runs/{run_id}/inputs/{secrets['path']}", json={"value": PLANTED})
    own_parts.stop()
    logs = {path.name: path.read_text(errors="replace") for path in own_parts.folder.glob("*.log")}
    assert len(logs) >= 5
    if server == "uvicorn":
        assert '\\"GET /s/' in logs["serve.log"], "uvicorn writes its access lines through our format"
    for name, said in logs.items():
        for secret in (PLANTED, token, own_parts.env["SECRET_KEY"], *secrets.values()):
            assert secret not in said, f"{name} holds a secret"


def _ended(client: httpx.Client, run_id: str) -> Any:
    state = client.get(f"/api/runs/{run_id}").json()
    return state if state["status"] in ("completed", "failed") else None
