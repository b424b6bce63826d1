"""The headers with which every kind of response leaves, errors included, and where browsers report to."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client
from django.urls import path
from structlog.testing import capture_logs

from genisys_site import urls as site_urls
from genisys_site.configuration import environment
from genisys_site.middleware import csp_reports

REPOSITORY = Path(__file__).resolve().parent.parent.parent


def _broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("broken on purpose")


urlpatterns = [path("broken", _broken), path("api/broken", _broken), *site_urls.urlpatterns]


def directives(response: Any) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in response["Content-Security-Policy"].split(";"))
    return {name: value for name, _, value in parts}


KINDS = {
    "page": ("/", 200),
    "form": ("/accounts/login/", 200),
    "redirect to sign in": ("/runs/", 302),
    "redirect to a file": ("/favicon.ico", 302),
    "missing page": ("/no-such-page", 404),
    "missing run": ("/runs/no-such-run/", 302),
    "wrong method": ("/theme", 405),
    "used link": ("/enter/no-such-token", 410),
    "health": ("/healthz", 200),
    "API without a token": ("/api/runs", 401),
    "API docs": ("/api/docs", 200),
    "OpenAPI": ("/api/openapi.json", 200),
    "missing API route": ("/api/no-such-route", 404),
    "stylesheet": ("/static/css/site.css", 200),
    "module": ("/static/js/page-run.js", 200),
    "icon": ("/static/favicon.svg", 200),
    "missing file": ("/static/no-such-file.css", 404),
    "admin's sign-in": ("/admin/login/", 302),
    "admin": ("/admin/", 302),
    "broken page": ("/broken", 500),
    "broken API": ("/api/broken", 500),
}


@pytest.fixture
def anyone() -> Client:
    return Client(raise_request_exception=False)


@pytest.mark.django_db
@pytest.mark.urls(__name__)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_response_has_every_header(anyone: Client, kind: str) -> None:
    address, status = KINDS[kind]
    response = anyone.get(address)
    assert response.status_code == status
    _assert_headers(response)


@pytest.mark.django_db
def test_a_host_that_is_not_ours_gets_the_headers_too(anyone: Client) -> None:
    response = anyone.get("/", headers={"host": "evil.example"})
    assert response.status_code == 400
    _assert_headers(response)


async def test_an_event_stream_has_every_header(
    transactional_db: None, redis_url: str, async_client: AsyncClient
) -> None:
    from runs.engines import close_engine
    from runs.live import following
    from runs.service.starting import start_run

    person = await get_user_model().objects.acreate_user("ana", "ana@example.org", "secret")
    run = await start_run(user=person, workflow="ingest-site", input={"url": "https://example.org/"})
    await async_client.aforce_login(person)
    response = await async_client.get(f"/api/runs/{run.pk}/events", headers={"accept": "text/event-stream"})
    assert response["Content-Type"] == "text/event-stream"
    _assert_headers(response)
    response.close()
    await following.close_hub()
    await close_engine()


def _assert_headers(response: Any) -> None:
    policy = directives(response)
    assert policy["default-src"] == policy["base-uri"] == policy["object-src"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["form-action"] == policy["connect-src"] == "'self'"
    assert (policy["report-uri"], policy["report-to"]) == ("/csp-report", "csp")
    assert response["Reporting-Endpoints"] == 'csp="/csp-report"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in response["Permissions-Policy"]
    assert "Strict-Transport-Security" not in response, "on http, a browser would be locked out of localhost"


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/", "/accounts/login/", "/api/docs", "/administrator", "/sites/new"])
def test_pages_allow_no_inline_code_no_eval_and_no_script_without_their_nonce(client: Client, address: str) -> None:
    policy = directives(client.get(address))
    assert not any("unsafe" in value for value in policy.values())
    assert re.fullmatch(r"('nonce-[\w+/=]+')?", policy["script-src"])
    assert policy["style-src"] == "'self'"


@pytest.mark.django_db
def test_only_the_admin_has_the_looser_policy(client: Client) -> None:
    policy = directives(client.get("/admin/login/"))
    assert "'unsafe-eval'" in policy["script-src"]
    assert "'unsafe-inline'" in policy["style-src"]
    assert "'unsafe-inline'" not in policy["script-src"]


@pytest.mark.django_db
def test_each_response_has_a_nonce_of_its_own_and_its_scripts_carry_it(client: Client) -> None:
    nonces = set()
    for _ in range(2):
        response = client.get("/api/docs")
        [nonce] = re.findall(r"'nonce-([^']+)'", directives(response)["script-src"])
        scripts = re.findall(r"<script (?!type=\"application/json\")[^>]*>", response.content.decode())
        assert scripts and all(f'nonce="{nonce}"' in script for script in scripts)
        nonces.add(nonce)
    assert len(nonces) == 2


def test_no_template_of_ours_has_a_script_without_nonce_or_a_style_of_its_own() -> None:
    ours = [path for path in (REPOSITORY / "templates").rglob("*.html") if "admin" not in path.parts]
    assert ours
    for template in ours:
        text = template.read_text()
        for script in re.findall(r"<script\b[^>]*>", text):
            assert 'nonce="{{ CSP_NONCE }}"' in script or 'type="application/json"' in script, template
        assert not re.search(r"<style\b|\sstyle=|\son[a-z]+=[\"']", text), template


# The reports


@pytest.fixture
def _fresh_budget() -> Iterator[None]:
    before, csp_reports.budget = csp_reports.budget, csp_reports.Budget(csp_reports.MOST_A_MINUTE)
    yield
    csp_reports.budget = before


OLD_FORM = {
    "csp-report": {"document-uri": "http://x/runs/?q=mine", "violated-directive": "img-src", "blocked-uri": "y"}
}
NEW_FORM = [
    {"type": "csp-violation", "body": {"documentURL": "http://x/", "effectiveDirective": "img-src", "blockedURL": "y"}}
]


@pytest.mark.usefixtures("_fresh_budget")
@pytest.mark.parametrize(
    ("report", "page"), [(OLD_FORM, "http://x/runs/"), (NEW_FORM, "http://x/")], ids=["report-uri", "report-to"]
)
def test_a_report_is_one_line_of_log_without_the_query(report: Any, page: str) -> None:
    with capture_logs() as lines:
        response = Client(enforce_csrf_checks=True).post("/csp-report", json.dumps(report), "application/csp-report")
    assert response.status_code == 204
    [line] = [line for line in lines if line["event"] == "csp.violation"]
    assert (line["page"], line["directive"], line["blocked"]) == (page, "img-src", "y")


@pytest.mark.usefixtures("_fresh_budget")
def test_reports_are_bounded_in_size_in_number_and_in_each_field(client: Client) -> None:
    assert client.post("/csp-report", b"x" * 20_000, "application/csp-report").status_code == 413
    long = {"csp-report": {"violated-directive": "a" * 5000}}
    with capture_logs() as lines:
        answers = [
            client.post("/csp-report", json.dumps(long), "application/csp-report")
            for _ in range(csp_reports.MOST_A_MINUTE + 3)
        ]
    assert [answer.status_code for answer in answers[-4:]] == [204, 429, 429, 429]
    assert int(answers[-1]["Retry-After"]) > 0
    written = [line for line in lines if line["event"] == "csp.violation"]
    assert len(written) == csp_reports.MOST_A_MINUTE
    assert len(written[0]["directive"]) == csp_reports.LONGEST_FIELD


@pytest.mark.usefixtures("_fresh_budget")
@pytest.mark.parametrize("body", [b"", b"nonsense", b"[1, null]", b'{"csp-report": 5}', b'{"csp-report": {}}'])
def test_whatever_is_no_report_is_taken_quietly(client: Client, body: bytes) -> None:
    assert client.post("/csp-report", body, "application/csp-report").status_code == 204


# Behind HTTPS

PRODUCTION = {
    "GENISYS_DEPLOYMENT": "v1",
    "GENISYS_HTTPS": "1",
    "ALLOWED_HOSTS": "genisys.example",
    "SECRET_KEY": "a-key-for-this-test-alone-" + "0123456789abcdefghijklmnopqrstuvwxyz",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}


def _in_production(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    bare = {name: value for name, value in os.environ.items() if name not in environment.Environment.model_fields}
    return subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning:genisys_site", "manage.py", *arguments],
        env={**bare, **PRODUCTION, "GENISYS_HOME": str(tmp_path)},
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_deployment_checks_find_nothing_in_a_named_deployment(tmp_path: Path) -> None:
    done = _in_production(tmp_path, "check", "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


_OVER_HTTPS = """
from django.conf import settings
settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
from django.test import Client
client = Client(headers={"host": "genisys.example"})
plain, probe = client.get("/accounts/login/"), client.get("/healthz")
safe = client.get("/accounts/login/", headers={"x-forwarded-proto": "https"})
print(plain.status_code, plain["Location"])
print(probe.status_code)
print(safe.status_code, safe["Strict-Transport-Security"])
print(settings.SESSION_COOKIE_SECURE, bool(safe.cookies["csrftoken"]["secure"]))
"""


def test_over_https_cookies_are_secure_and_browsers_are_told_to_stay(tmp_path: Path) -> None:
    assert _in_production(tmp_path, "migrate", "--verbosity", "0").returncode == 0
    done = _in_production(tmp_path, "shell", "--verbosity", "0", "-c", _OVER_HTTPS)
    assert done.stdout.splitlines() == [
        "301 https://genisys.example/accounts/login/",
        "200",
        "200 max-age=31536000",
        "True True",
    ], done.stderr


def test_without_https_nothing_is_asked_of_browsers_that_they_could_not_keep() -> None:
    assert not settings.SECURE_SSL_REDIRECT
    assert not settings.SESSION_COOKIE_SECURE
    assert settings.SECURE_HSTS_SECONDS == 0
