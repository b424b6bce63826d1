"""Who may do what: every route and method of the product, and every message of its socket, for each of five people.

Whoever adds a route adds its rows; `python -m tests.rights` prints those that are missing, as things stand. A cell is a
status, or `login` or `admin` where one is sent to sign in first. A method without a row is one that nobody may use.

| who       | is |
| --------- | -- |
| owner     | whose everything in the world is |
| operator  | staff with the permission `runs.operate_run` |
| viewer    | staff without it |
| outsider  | signed in, with nothing of their own |
| anonymous | not signed in |
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

ROLES = ("owner", "operator", "viewer", "outsider", "anonymous")

OPEN = "200 200 200 200 200"
SIGNED_IN = "200 200 200 200 login"
READERS = "200 200 200 404 login"
DOERS = "303 303 403 404 login"
OWNER_SEES = "200 404 404 404 login"
OWNER_DOES = "303 404 404 404 login"
API_SIGNED_IN = "200 200 200 200 401"
API_READERS = "200 200 200 404 401"
API_DOERS = "202 202 403 404 401"
API_NOT_NOW = "409 409 403 404 401"
STAFF = "admin 200 200 admin admin"
STAFF_LOOKS = "404 200 200 404 login"
"""On the dashboard, which does not exist for others."""
OPERATORS_ACT = "404 303 403 404 login"
"""The same; where what is to be acted on is not there, it is said that nothing was done."""
STAFF_WITH_MORE = "admin 403 403 admin admin"
"""Behind a permission of Django's own, which neither of our two has."""
TO_THE_OBJECT = "admin 302 302 admin admin"


@dataclass(frozen=True)
class Row:
    """A route and method, and what each of ROLES is answered.

    `run` says which run stands in the route: one that is `live`, `stopped`, `done` and archived, or `missing`. `{name}`
    in the body is one of the world's things.
    """

    method: str
    route: str
    cells: tuple[str, ...]
    run: str = "live"
    body: dict[str, Any] = field(default_factory=dict)
    accept: str = ""
    query: str = ""

    @property
    def scopes(self) -> set[str]:
        """What a token needs for it, of `ApiToken.SCOPES`."""
        if self.method == "GET":
            return {"read"}
        if self.route.endswith(("/fork", "/revise", "/outline", "/hand-over", "/check-links")):
            return {"control", "start"}
        starts = self.route.startswith("api/workflows/") or self.route.endswith(":site_id>/read")
        return {"start"} if starts else {"control"}

    def __str__(self) -> str:
        notes = [self.run] if self.run != "live" else []
        notes += [note for note in (self.accept, self.query, self.body and str(self.body)) if note]
        return " ".join([self.method, self.route, *notes])


def row(method: str, route: str, cells: str, **about: Any) -> Row:
    """One line of the table. Of a route and method there may be several, for other runs, bodies or forms of answer."""
    return Row(method, route, tuple(cells.split()), **about)


def both(route: str, cells: str) -> tuple[Row, Row]:
    """GET and POST, answered alike."""
    return row("GET", route, cells), row("POST", route, cells)


NDJSON, SSE = "application/x-ndjson", "text/event-stream"
SITE = {"url": "https://example.com/", "once": "1"}
POST = {"topic": "How panels age", "sections": 3, "once": "1"}
EDIT = {"title": "Panels", "body": "Panels age slowly.", "base": "0"}
API_EDIT = {"title": "Panels", "markdown": "Panels age slowly.", "base": 0}
OUTLINE = {"title": "Panels", "sections": [{"heading": "Age"}, {"heading": "Care"}, {"heading": "Cost"}]}
CHOSEN = {"_selected_action": "{done}", "index": "0"}
HOOK = {"url": "https://example.com/hook", "events": "run.completed", "once": "1"}
BLOG = {"kind": "wordpress", "address": "https://blog.example.com", "user": "ada", "secret": "abcd EFGH"}

PAGES = [
    row("GET", "", OPEN),
    row("GET", "recorded", OPEN),
    row("GET", "favicon.ico", "302 302 302 302 302"),
    row("POST", "theme", "302 302 302 302 302", body={"theme": "dark"}),
    row("GET", "enter/<str:token>", "410 410 410 410 410"),
    row("GET", "healthz", OPEN),
    row("GET", "readyz", OPEN),
    row("GET", "metrics", "401 200 200 401 401"),
    row("GET", "new/", SIGNED_IN),
    row("GET", "new/<str:name>/", SIGNED_IN),
    row("POST", "new/<str:name>/", "303 303 303 303 login", body={"input-topic": "bees"}),
    row("GET", "sites/", SIGNED_IN),
    row("GET", "sites/new", SIGNED_IN),
    row("POST", "sites/new", "303 303 303 303 login", body=SITE),
    row("GET", "sites/<uuid:site_id>/", READERS),
    row("GET", "sites/<uuid:site_id>/", READERS, query="?q=panels"),
    row("GET", "sites/<uuid:site_id>/export", READERS),
    row("GET", "sites/<uuid:site_id>/versions", READERS),
    row("GET", "sites/<uuid:site_id>/found", READERS),
    row("GET", "sites/<uuid:site_id>/changes", READERS),
    row("POST", "sites/<uuid:site_id>/wish", "302 404 404 404 login", body={"url": "/prices", "wish": "take"}),
    row("POST", "sites/<uuid:site_id>/read", "303 404 404 404 login"),
    row("POST", "sites/<uuid:site_id>/schedule", "302 404 404 404 login", body={"schedule": "week"}),
    row("GET", "sites/<uuid:site_id>/delete", "200 404 404 404 login"),
    row("POST", "sites/<uuid:site_id>/delete", "422 404 404 404 login", body={"confirm": "another.example"}),
    row("POST", "sites/<uuid:site_id>/profile", "302 404 404 404 login", body={"what": "Roofs and panels."}),
    row("POST", "sites/<uuid:site_id>/approve", "302 404 404 404 login", body={"version": "1"}),
    row("GET", "posts/", SIGNED_IN),
    row("GET", "posts/new", SIGNED_IN),
    row("POST", "posts/new", "303 303 303 303 login", body=POST),
    row("POST", "posts/new", "303 422 422 422 login", body={**POST, "site": "{site_id}"}),
    row("GET", "posts/<uuid:post_id>/", READERS),
    row("GET", "posts/<uuid:post_id>/post.md", READERS),
    row("GET", "posts/<uuid:post_id>/as/<str:form>", READERS),
    row("POST", "posts/<uuid:post_id>/links", "200 404 404 404 login"),
    row("POST", "posts/<uuid:post_id>/links/<int:link_id>/revoke", "404 404 404 404 login"),
    row("GET", "posts/shared/<str:token>/", "404 404 404 404 404"),
    row("GET", "posts/<uuid:post_id>/edit", OWNER_SEES),
    row("POST", "posts/<uuid:post_id>/edit", OWNER_DOES, body=EDIT),
    row("GET", "posts/<uuid:post_id>/outline", OWNER_SEES),
    row("POST", "posts/<uuid:post_id>/outline", "422 404 404 404 login", body={"do": "approve"}),
    row("GET", "posts/<uuid:post_id>/versions", READERS),
    row("POST", "posts/<uuid:post_id>/versions/<int:number>/restore", OWNER_DOES),
    row("POST", "posts/<uuid:post_id>/edits/<int:place>/<int:change>", OWNER_DOES),
    row("POST", "posts/<uuid:post_id>/revise", OWNER_DOES, body={"instruction": "Shorter"}),
    row("GET", "posts/blogs/", SIGNED_IN),
    row("POST", "posts/blogs/", "303 303 303 303 login", body=BLOG),
    row("POST", "posts/blogs/<uuid:blog_id>/remove", OWNER_DOES),
    row("POST", "posts/<uuid:post_id>/hand-over", OWNER_DOES, body={"blog": "{blog_id}", "once": "1"}),
    row("POST", "posts/<uuid:post_id>/check-links", OWNER_DOES),
    row("GET", "runs/", SIGNED_IN),
    row("GET", "runs/<str:run_id>/", READERS),
    row("GET", "runs/<str:run_id>/", READERS, run="done"),
    row("GET", "runs/<str:run_id>/", "404 404 404 404 login", run="missing"),
    row("GET", "runs/<str:run_id>/steps", READERS),
    row("GET", "runs/<str:run_id>/steps/fragment", READERS),
    row("GET", "runs/<str:run_id>/output", READERS, run="done"),
    row("GET", "runs/<str:run_id>/output", "404 404 404 404 login"),
    row("GET", "runs/<str:run_id>/published", READERS),
    row("GET", "runs/<str:run_id>/fragment", READERS),
    row("GET", "runs/<str:run_id>/fragment", READERS, run="done"),
    row("POST", "runs/<str:run_id>/cancel", DOERS),
    row("POST", "runs/<str:run_id>/cancel", "404 404 404 404 login", run="missing"),
    row("POST", "runs/<str:run_id>/retry", DOERS, run="stopped"),
    row("POST", "runs/<str:run_id>/pause", DOERS),
    row("POST", "runs/<str:run_id>/resume", DOERS),
    row("POST", "runs/<str:run_id>/limit", DOERS),
    *both("runs/<str:run_id>/inputs/<str:token>", "404 404 404 404 404"),
    row("POST", "runs/<str:run_id>/tell", "303 303 303 404 login"),
    row("POST", "runs/<str:run_id>/links", DOERS),
    row("POST", "runs/<str:run_id>/links/<int:link_id>/revoke", DOERS, run="done"),
    row("POST", "runs/<str:run_id>/links/<int:link_id>/revoke", "404 404 403 404 login"),
    row("GET", "s/<str:token>/", "404 404 404 404 404"),
    row("GET", "s/<str:token>/fragment", "404 404 404 404 404"),
    row("POST", "csp-report", "204 204 204 204 204"),
    row("GET", "account/", SIGNED_IN),
    *both("account/tokens/", SIGNED_IN),
    row("POST", "account/tokens/<int:token_id>/revoke", OWNER_DOES),
    row("POST", "account/notices", "303 303 303 303 login"),
    row("GET", "account/webhooks/", SIGNED_IN),
    row("POST", "account/webhooks/", "201 201 201 201 login", body=HOOK),
    row("GET", "account/webhooks/<uuid:webhook_id>/", OWNER_SEES),
    row("POST", "account/webhooks/<uuid:webhook_id>/test", OWNER_DOES),
    row("POST", "account/webhooks/<uuid:webhook_id>/enable", OWNER_DOES),
    row("POST", "account/webhooks/<uuid:webhook_id>/remove", OWNER_DOES),
    row("POST", "account/webhooks/<uuid:webhook_id>/deliveries/<int:delivery_id>/redeliver", OWNER_DOES),
    row("GET", "staff/alerts/", "404 200 200 404 login"),
    row("GET", "staff/money/", "404 200 200 404 login"),
    row("GET", "staff/fleet/", "404 200 200 404 login"),
    row("GET", "staff/fleet/fragment", "404 200 200 404 login"),
    row("GET", "staff/fleet/workers/<path:name>/drain", "404 404 403 404 login"),
    row("POST", "staff/fleet/workers/<path:name>/drain", OPERATORS_ACT),
    row("GET", "staff/fleet/workers/<path:name>/take", "404 404 403 404 login"),
    row("POST", "staff/fleet/workers/<path:name>/take", OPERATORS_ACT),
    row("GET", "staff/fleet/deployments/<path:name>/promote", "404 404 403 404 login"),
    row("POST", "staff/fleet/deployments/<path:name>/promote", OPERATORS_ACT),
    row("GET", "staff/fleet/deployments/<path:name>/drain", "404 404 403 404 login"),
    row("POST", "staff/fleet/deployments/<path:name>/drain", OPERATORS_ACT),
    row("GET", "staff/fleet/providers/<path:name>/pause", "404 404 403 404 login"),
    row("POST", "staff/fleet/providers/<path:name>/pause", "404 404 403 404 login"),
    row("GET", "staff/fleet/providers/<path:name>/resume", "404 404 403 404 login"),
    row("POST", "staff/fleet/providers/<path:name>/resume", OPERATORS_ACT),
]

API = [
    *both("api/openapi.json", OPEN),
    *both("api/docs", OPEN),
    *[row(method, "api/", "404 404 404 404 404") for method in ("GET", "POST", "PUT", "PATCH", "DELETE")],
    row("GET", "api/workflows", API_SIGNED_IN),
    row("GET", "api/workflows/<name>", API_SIGNED_IN),
    row("POST", "api/workflows/<name>/start", "202 202 202 202 401", body={"topic": "bees"}),
    row("POST", "api/workflows/<name>", "202 202 202 202 401", body={"topic": "bees"}),
    row("POST", "api/workflows/<name>", API_SIGNED_IN, body={"topic": "bees"}, accept=NDJSON),
    row("GET", "api/sites", API_SIGNED_IN),
    row("GET", "api/sites/<uuidstr:site_id>", API_READERS),
    row("GET", "api/sites/<uuidstr:site_id>/pages", API_READERS),
    row("GET", "api/sites/<uuidstr:site_id>/facts", API_READERS),
    row("GET", "api/sites/<uuidstr:site_id>/search", API_READERS, query="?q=panels"),
    row("GET", "api/sites/<uuidstr:site_id>/angles", API_READERS),
    row("GET", "api/sites/<uuidstr:site_id>/export", API_READERS),
    row("GET", "api/sites/<uuidstr:site_id>/left-out", API_READERS),
    row("GET", "api/sites/<uuidstr:site_id>/map", API_READERS),
    row("GET", "api/sites/<uuidstr:site_id>/changes", API_READERS),
    row("POST", "api/sites/<uuidstr:site_id>/read", "202 404 404 404 401"),
    row("POST", "api/sites/<uuidstr:site_id>/wishes", "200 404 404 404 401", body={"url": "/prices", "wish": "take"}),
    row("POST", "api/sites/<uuidstr:site_id>/schedule", "200 404 404 404 401", body={"schedule": "week"}),
    row("GET", "api/sites/<uuidstr:site_id>/delete", "200 404 404 404 401"),
    row("POST", "api/sites/<uuidstr:site_id>/delete", "422 404 404 404 401", body={"confirm": "another.example"}),
    row("GET", "api/posts", API_SIGNED_IN),
    row("GET", "api/posts/<uuidstr:post_id>", API_READERS),
    row("PUT", "api/posts/<uuidstr:post_id>", "200 404 404 404 401", body=API_EDIT),
    row("GET", "api/posts/<uuidstr:post_id>/outline", "200 404 404 404 401"),
    row("POST", "api/posts/<uuidstr:post_id>/outline", "202 404 404 404 401", body=OUTLINE),
    row("GET", "api/posts/<uuidstr:post_id>/versions", API_READERS),
    row("POST", "api/posts/<uuidstr:post_id>/versions/<int:number>/restore", "404 404 404 404 401"),
    row("POST", "api/posts/<uuidstr:post_id>/revise", "202 404 404 404 401", body={"instruction": "Shorter"}),
    row("GET", "api/posts/<uuidstr:post_id>/export", API_READERS),
    row("GET", "api/posts/<uuidstr:post_id>/hand-overs", API_READERS),
    row("POST", "api/posts/<uuidstr:post_id>/hand-over", "202 404 404 404 401", body={"blog": "{blog_id}"}),
    row("POST", "api/posts/<uuidstr:post_id>/check-links", "202 404 404 404 401"),
    row("GET", "api/blogs", API_SIGNED_IN),
    row("POST", "api/blogs", "201 201 201 201 401", body=BLOG),
    row("DELETE", "api/blogs/<uuidstr:blog_id>", "204 404 404 404 401"),
    row("GET", "api/runs", API_SIGNED_IN),
    row("GET", "api/runs/<run_id>", API_READERS),
    row("GET", "api/runs/<run_id>", API_READERS, run="done"),
    row("GET", "api/runs/<run_id>", "404 404 404 404 401", run="missing"),
    row("GET", "api/runs/<run_id>/output", "409 409 409 404 401"),
    row("GET", "api/runs/<run_id>/output", API_READERS, run="done"),
    row("GET", "api/runs/<run_id>/steps", API_READERS),
    row("GET", "api/runs/<run_id>/steps", API_READERS, run="done"),
    row("GET", "api/runs/<run_id>/events", API_READERS),
    row("GET", "api/runs/<run_id>/events", API_READERS, run="done"),
    row("GET", "api/runs/<run_id>/events", API_READERS, accept=SSE),
    row("GET", "api/runs/<run_id>/events", API_READERS, accept=SSE, run="done"),
    row("GET", "api/runs/<run_id>/events", API_READERS, accept=NDJSON),
    row("GET", "api/runs/<run_id>/events", API_READERS, accept=NDJSON, run="done"),
    row("POST", "api/runs/<run_id>/cancel", API_DOERS),
    row("POST", "api/runs/<run_id>/cancel", API_NOT_NOW, run="done"),
    row("POST", "api/runs/<run_id>/retry", API_DOERS, run="stopped"),
    row("POST", "api/runs/<run_id>/retry", API_NOT_NOW),
    row("POST", "api/runs/<run_id>/pause", API_DOERS),
    row("POST", "api/runs/<run_id>/pause", API_NOT_NOW, run="done"),
    row("POST", "api/runs/<run_id>/resume", API_NOT_NOW),
    row("POST", "api/runs/<run_id>/limit", API_DOERS, body={"tokens": 1000}),
    row("POST", "api/runs/<run_id>/limit", API_NOT_NOW, body={"tokens": 1000}, run="done"),
    row("POST", "api/runs/<run_id>/fork", API_DOERS),
    row("POST", "api/runs/<run_id>/fork", API_NOT_NOW, run="done"),
    row("POST", "api/runs/<run_id>/inputs/<token>", "404 404 403 404 401"),
]

ACCOUNTS = [
    *both("accounts/login/", "302 302 302 302 200"),
    row("GET", "accounts/logout/", "200 200 200 200 302"),
    row("POST", "accounts/logout/", "302 302 302 302 302"),
    row("GET", "accounts/inactive/", OPEN),
    *both("accounts/signup/", "302 302 302 302 200"),
    *both("accounts/reauthenticate/", SIGNED_IN),
    row("GET", "accounts/email/", SIGNED_IN),
    row("POST", "accounts/email/", "302 302 302 302 login"),
    row("GET", "accounts/confirm-email/", OPEN),
    row("GET", r"accounts/^confirm-email/(?P<key>[-:\w]+)/$", OPEN),
    row("POST", r"accounts/^confirm-email/(?P<key>[-:\w]+)/$", "302 302 302 302 302"),
    *both("accounts/password/change/", SIGNED_IN),
    *both("accounts/password/set/", "302 302 302 302 login"),
    *both("accounts/password/reset/", OPEN),
    row("GET", "accounts/password/reset/done/", OPEN),
    *both("accounts/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$", OPEN),
    row("GET", "accounts/password/reset/key/done/", OPEN),
    *both("accounts/login/code/confirm/", "302 302 302 302 302"),
    row("GET", "accounts/2fa/", SIGNED_IN),
    row("POST", "accounts/2fa/", "405 405 405 405 login"),
    *both("accounts/2fa/authenticate/", "302 302 302 302 302"),
    *both("accounts/2fa/reauthenticate/", "302 302 302 302 login"),
    *both("accounts/2fa/totp/activate/", "302 302 302 302 login"),
    *both("accounts/2fa/totp/deactivate/", "404 404 404 404 login"),
    row("GET", "accounts/2fa/recovery-codes/", "404 404 404 404 login"),
    row("POST", "accounts/2fa/recovery-codes/", "405 405 405 405 login"),
    *both("accounts/2fa/recovery-codes/generate/", "302 302 302 302 login"),
    *both("accounts/2fa/recovery-codes/download/", "404 404 404 404 login"),
]

STAFF_PAGES = [
    row("GET", "staff/", STAFF_LOOKS),
    row("GET", "staff/fragment", STAFF_LOOKS),
    row("GET", "staff/runs/", STAFF_LOOKS),
    row("GET", "staff/runs/rows", STAFF_LOOKS),
    row("GET", "staff/runs/causes", STAFF_LOOKS),
    row("GET", "staff/runs/export.csv", STAFF_LOOKS),
    row("GET", "staff/runs/export.json", STAFF_LOOKS),
    row("POST", "staff/runs/views", "404 303 303 404 login", body={"name": "Mine", "query": "status=failed"}),
    row("POST", "staff/runs/views/<int:view_id>/remove", "404 404 404 404 login"),
    row("GET", "staff/bulk/", STAFF_LOOKS),
    row("GET", "staff/bulk/new", "404 200 403 404 login"),
    row("POST", "staff/bulk/new", "404 422 403 404 login"),
    row("GET", "staff/bulk/<uuid:act_id>/", STAFF_LOOKS),
    row("GET", "staff/bulk/<uuid:act_id>/fragment", STAFF_LOOKS),
    row("POST", "staff/bulk/<uuid:act_id>/stop", OPERATORS_ACT),
]

ADMIN = [
    *both("admin/", STAFF),
    *both("admin/search/", STAFF),
    *both("admin/login/", "403 302 302 403 login"),
    row("GET", "admin/logout/", "302 405 405 302 302"),
    row("POST", "admin/logout/", "302 302 302 302 302"),
    *both("admin/password_change/", STAFF),
    row("GET", "admin/password_change/done/", STAFF),
    row("GET", "admin/autocomplete/", STAFF_WITH_MORE),
    row("GET", "admin/jsi18n/", STAFF),
    *both("admin/r/<path:content_type_id>/<path:object_id>/", TO_THE_OBJECT),
    row("GET", "admin/runs/run/", STAFF),
    row("POST", "admin/runs/run/", STAFF),
    row("POST", "admin/runs/run/", "admin 302 200 admin admin", body={**CHOSEN, "action": "cancel_selected"}),
    row("POST", "admin/runs/run/", "admin 302 200 admin admin", body={**CHOSEN, "action": "retry_selected"}),
    row("POST", "admin/runs/run/", "admin 302 200 admin admin", body={**CHOSEN, "action": "try_again_selected"}),
    row("POST", "admin/runs/run/<str:run_id>/cancel/", "admin 303 403 admin admin"),
    row("POST", "admin/runs/run/<str:run_id>/retry/", "admin 303 403 admin admin", run="stopped"),
    row("POST", "admin/runs/run/<str:run_id>/pause/", "admin 303 403 admin admin"),
    row("POST", "admin/runs/run/<str:run_id>/resume/", "admin 303 403 admin admin"),
    row("GET", "admin/runs/run/<str:run_id>/fork/", "admin 200 403 admin admin"),
    row("POST", "admin/runs/run/<str:run_id>/fork/", "admin 422 403 admin admin"),
    *both("admin/runs/auditentry/", STAFF),
    *both("admin/runs/auditentry/add/", "admin 403 403 admin admin"),
    *both("admin/runs/auditentry/<path:object_id>/history/", STAFF),
    *both("admin/runs/auditentry/<path:object_id>/delete/", "admin 403 403 admin admin"),
    row("GET", "admin/runs/auditentry/<path:object_id>/change/", STAFF),
    row("POST", "admin/runs/auditentry/<path:object_id>/change/", "admin 403 403 admin admin"),
    *both("admin/runs/auditentry/<path:object_id>/", "admin 302 302 admin admin"),
    row("GET", "admin/runs/run/<str:run_id>/steps/<int:position>/<str:part>", STAFF, run="done"),
    row("GET", "admin/runs/run/add/", "admin 404 404 admin admin"),
    *both("admin/runs/run/<path:object_id>/history/", STAFF),
    *both("admin/runs/run/<path:object_id>/delete/", STAFF_WITH_MORE),
    row("GET", "admin/runs/run/<path:object_id>/change/", STAFF),
    *both("admin/runs/run/<path:object_id>/", TO_THE_OBJECT),
    *both("admin/runs/apitoken/", STAFF_WITH_MORE),
    *both("admin/runs/apitoken/add/", STAFF_WITH_MORE),
    *both("admin/runs/apitoken/<path:object_id>/history/", STAFF_WITH_MORE),
    *both("admin/runs/apitoken/<path:object_id>/delete/", STAFF_WITH_MORE),
    *both("admin/runs/apitoken/<path:object_id>/change/", STAFF_WITH_MORE),
    *both("admin/runs/apitoken/<path:object_id>/", TO_THE_OBJECT),
    *both("admin/ingestion/site/", STAFF_WITH_MORE),
    *both("admin/ingestion/site/add/", STAFF_WITH_MORE),
    *both("admin/ingestion/site/<path:object_id>/history/", STAFF_WITH_MORE),
    *both("admin/ingestion/site/<path:object_id>/delete/", STAFF_WITH_MORE),
    *both("admin/ingestion/site/<path:object_id>/change/", STAFF_WITH_MORE),
    *both("admin/ingestion/site/<path:object_id>/", TO_THE_OBJECT),
    *both("admin/ingestion/page/", STAFF_WITH_MORE),
    *both("admin/ingestion/page/add/", STAFF_WITH_MORE),
    *both("admin/ingestion/page/<path:object_id>/history/", STAFF_WITH_MORE),
    *both("admin/ingestion/page/<path:object_id>/delete/", STAFF_WITH_MORE),
    *both("admin/ingestion/page/<path:object_id>/change/", STAFF_WITH_MORE),
    *both("admin/ingestion/page/<path:object_id>/", TO_THE_OBJECT),
    *both("admin/auth/user/", STAFF_WITH_MORE),
    *both("admin/auth/user/add/", STAFF_WITH_MORE),
    *both("admin/auth/user/<path:object_id>/history/", STAFF_WITH_MORE),
    *both("admin/auth/user/<path:object_id>/delete/", STAFF_WITH_MORE),
    *both("admin/auth/user/<path:object_id>/change/", STAFF_WITH_MORE),
    *both("admin/auth/user/<id>/password/", STAFF_WITH_MORE),
    *both("admin/auth/user/<path:object_id>/", TO_THE_OBJECT),
    *both("admin/auth/group/", STAFF_WITH_MORE),
    *both("admin/auth/group/add/", STAFF_WITH_MORE),
    *both("admin/auth/group/<path:object_id>/history/", STAFF_WITH_MORE),
    *both("admin/auth/group/<path:object_id>/delete/", STAFF_WITH_MORE),
    *both("admin/auth/group/<path:object_id>/change/", STAFF_WITH_MORE),
    *both("admin/auth/group/<path:object_id>/", TO_THE_OBJECT),
    *both("admin/account/emailaddress/", STAFF_WITH_MORE),
    *both("admin/account/emailaddress/add/", STAFF_WITH_MORE),
    *both("admin/account/emailaddress/<path:object_id>/history/", STAFF_WITH_MORE),
    *both("admin/account/emailaddress/<path:object_id>/delete/", STAFF_WITH_MORE),
    *both("admin/account/emailaddress/<path:object_id>/change/", STAFF_WITH_MORE),
    *both("admin/account/emailaddress/<path:object_id>/", TO_THE_OBJECT),
    *both("admin/mfa/authenticator/", STAFF_WITH_MORE),
    *both("admin/mfa/authenticator/add/", STAFF_WITH_MORE),
    *both("admin/mfa/authenticator/<path:object_id>/history/", STAFF_WITH_MORE),
    *both("admin/mfa/authenticator/<path:object_id>/delete/", STAFF_WITH_MORE),
    *both("admin/mfa/authenticator/<path:object_id>/change/", STAFF_WITH_MORE),
    *both("admin/mfa/authenticator/<path:object_id>/", TO_THE_OBJECT),
    *both("admin/^(?P<app_label>auth|account|mfa|ingestion|runs)/$", STAFF),
    *both("admin/(?P<url>.*)$", "admin 404 404 admin admin"),
]

STAFF_RUN = [
    row("GET", "staff/runs/<str:run_id>/", STAFF_LOOKS),
    row("GET", "staff/runs/<str:run_id>/", STAFF_LOOKS, run="done"),
    row("GET", "staff/runs/<str:run_id>/", "404 404 404 404 login", run="missing"),
    row("GET", "staff/runs/<str:run_id>/fragment", STAFF_LOOKS),
    row("GET", "staff/runs/<str:run_id>/log.jsonl", STAFF_LOOKS),
    row("GET", "staff/runs/<str:run_id>/values/<str:part>", STAFF_LOOKS, run="done"),
    row("GET", "staff/runs/<str:run_id>/steps/<str:step>/<str:part>", STAFF_LOOKS, run="done"),
    row("POST", "staff/runs/<str:run_id>/cancel", OPERATORS_ACT),
    row("POST", "staff/runs/<str:run_id>/retry", OPERATORS_ACT, run="stopped"),
    row("POST", "staff/runs/<str:run_id>/pause", OPERATORS_ACT),
    row("POST", "staff/runs/<str:run_id>/resume", OPERATORS_ACT),
    row("POST", "staff/runs/<str:run_id>/restart", OPERATORS_ACT),
    row("POST", "staff/runs/<str:run_id>/limit", OPERATORS_ACT),
    row("GET", "staff/runs/<str:run_id>/fork", "404 200 403 404 login"),
    row("POST", "staff/runs/<str:run_id>/fork", "404 422 403 404 login"),
    row("GET", "staff/compare", STAFF_LOOKS),
]

ROWS = [*PAGES, *STAFF_PAGES, *STAFF_RUN, *API, *ACCOUNTS, *ADMIN]


@dataclass(frozen=True)
class Line:
    """A message to the socket at /ws/runs, and the first thing that each of ROLES hears: a frame, an error's code, the
    code of a close, or nothing.
    """

    message: str
    cells: tuple[str, ...]
    run: str = "live"


def line(message: str, cells: str, run: str = "live") -> Line:
    return Line(message, tuple(cells.split()), run)


SOCKET = [
    line("", "open open open open 401"),
    line("sub", "batch batch batch 404 401"),
    line("sub", "batch batch batch 404 401", run="done"),
    line("sub", "404 404 404 404 401", run="missing"),
    line("unsub", "open open open open 401"),
    line("ack", "open open open open 401"),
    line("nonsense", "400 400 400 400 401"),
]
