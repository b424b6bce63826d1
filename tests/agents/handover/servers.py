"""A WordPress and a Ghost on loopback, as far as drafts go: who may ask, what is taken, and each error as documented.

WordPress: developer.wordpress.org/rest-api (Discovery, Posts, Authentication). Ghost: docs.ghost.org/admin-api. Both do
what a test wants of them before or after they have done what was asked: `instead` answers in their place, `lost` does
it and gives no answer.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

JSON = "application/json; charset=UTF-8"


@dataclass
class Asked:
    """One request: method, path, its query by name, its headers by lower-case name, its JSON."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    data: Any


@dataclass
class Answer:
    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": JSON})


def given(data: Any, status: int = 200, **headers: str) -> Answer:
    return Answer(status, json.dumps(data).encode(), {"Content-Type": JSON, **headers})


class Refusal(Exception):
    def __init__(self, answer: Answer) -> None:
        self.answer = answer


class Blog:
    """A server that keeps posts. `instead` are answers given one after the other to requests of `method` in its place;
    `lost` counts down the requests that change something and are done, but never answered.
    """

    kind = user = secret = ""

    def __init__(self) -> None:
        self.posts: dict[str, dict[str, Any]] = {}
        self.asked: list[Asked] = []
        self.instead: list[Answer | None] = []
        self.lost = 0
        self._ticks = 0
        self._lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer._serve(self)

            do_POST = do_PUT = do_GET

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def answer(self, asked: Asked) -> Answer:
        raise NotImplementedError

    def now(self) -> str:
        """Return the time of a change: each is a second later than the last."""
        self._ticks += 1
        return f"2026-11-29T10:{self._ticks // 60:02d}:{self._ticks % 60:02d}"

    @property
    def changes(self) -> list[Asked]:
        return [asked for asked in self.asked if asked.method != "GET"]

    @property
    def drafts(self) -> list[dict[str, Any]]:
        return [post for post in self.posts.values() if post["status"] == "draft"]

    def _serve(self, request: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(request.path)
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        headers = {name.lower(): value for name, value in request.headers.items()}
        asked = Asked(request.command, parts.path, query, headers, json.loads(body) if body else None)
        with self._lock:
            self.asked.append(asked)
            planned = self.instead.pop(0) if self.instead else None
            try:
                answer = planned or self.answer(asked)
            except Refusal as refusal:
                answer = refusal.answer
            if self.lost and asked.method != "GET" and planned is None:
                self.lost -= 1
                request.close_connection = True
                return
        request.send_response(answer.status)
        for name, value in {**answer.headers, "Content-Length": str(len(answer.body))}.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(answer.body)


class WordPress(Blog):
    """`may` are the roles of its users by name; `pretty` says whether it has permalinks."""

    kind = "wordpress"
    user, secret = "ada", "abcd EFGH 1234 ijkl MNOP 5678"
    statuses = ("publish", "future", "draft", "pending", "private")

    def __init__(self) -> None:
        self.may = {self.user: "author"}
        self.pretty = True
        self.drops_authorization = False
        super().__init__()

    def edit(self, post_id: str, **fields: Any) -> None:
        """Change a post as a person does in its editor."""
        self.posts[post_id] |= {**fields, "modified_gmt": self.now()}

    def throw_away(self, post_id: str) -> None:
        self.edit(post_id, status="trash")

    def publish(self, post_id: str) -> None:
        self.edit(post_id, status="publish")

    def answer(self, asked: Asked) -> Answer:
        root = f"{self.url}/wp-json/" if self.pretty else f"{self.url}/index.php?rest_route=/"
        route = asked.path.removeprefix("/wp-json") if self.pretty else asked.query.pop("rest_route", "")
        if asked.path == "/" and not asked.query.get("rest_route"):
            link = f'<{root}>; rel="https://api.w.org/"'
            return Answer(200, b"<!doctype html><title>Blog</title>" * 90, {"Content-Type": "text/html", "Link": link})
        if not self.pretty and asked.path != "/index.php":
            return Answer(404, b"<h1>Not found</h1>", {"Content-Type": "text/html"})
        role = self._role(asked)
        parts = route.strip("/").split("/")
        if parts[:3] != ["wp", "v2", "posts"] or len(parts) > 4:
            raise self._error(404, "rest_no_route", "No route was found matching the URL and request method.")
        if len(parts) == 3:
            return self._listed(asked, role) if asked.method == "GET" else self._made(asked, role)
        post = self.posts.get(parts[3])
        if post is None:
            raise self._error(404, "rest_post_invalid_id", "Invalid post ID.")
        if role != "author":
            word = "rest_forbidden_context" if asked.method == "GET" else "rest_cannot_edit"
            raise self._error(403 if role else 401, word, "Sorry, you are not allowed to edit this post.")
        if asked.method != "GET":
            post |= self._checked(asked.data) | {"modified_gmt": self.now()}
        return given(_only(post, asked.query.get("_fields", "")))

    def _role(self, asked: Asked) -> str:
        scheme, _, packed = asked.headers.get("authorization", "").partition(" ")
        if scheme != "Basic" or self.drops_authorization:
            return ""
        name, _, password = base64.b64decode(packed).decode().partition(":")
        if name not in self.may:
            text = "<strong>Error:</strong> Unknown username. Check again or try your email address."
            raise self._error(401, "invalid_username", text)
        if "".join(password.split()) != "".join(self.secret.split()):
            text = "The provided password is an invalid application password."
            raise self._error(401, "incorrect_password", text)
        return self.may[name]

    def _listed(self, asked: Asked, role: str) -> Answer:
        asks = asked.query
        wrong = {}
        if asks.get("status", "publish") != "publish" and role != "author":
            wrong["status"] = "Status is forbidden."
        if not 1 <= int(asks.get("per_page", "10")) <= 100:
            wrong["per_page"] = "per_page must be between 1 (inclusive) and 100 (inclusive)"
        if asks.get("orderby", "date") not in ("author", "date", "id", "modified", "slug", "title"):
            wrong["orderby"] = "orderby is not one of author, date, id…"
        if wrong:
            data = {"status": 400, "params": wrong}
            message = f"Invalid parameter(s): {', '.join(wrong)}"
            raise Refusal(given({"code": "rest_invalid_param", "message": message, "data": data}, 400))
        found = [post for post in self.posts.values() if post["status"] == asks.get("status", "publish")]
        found = sorted(found, key=lambda post: -int(post["id"]))[: int(asks.get("per_page", "10"))]
        return given([_only(post, asks.get("_fields", "")) for post in found])

    def _made(self, asked: Asked, role: str) -> Answer:
        if role != "author":
            text = "Sorry, you are not allowed to create posts as this user."
            raise self._error(403 if role else 401, "rest_cannot_create", text)
        number = len(self.posts) + 41
        post = {"id": number, "status": "draft", "slug": "", **self._checked(asked.data), "modified_gmt": self.now()}
        self.posts[str(number)] = post
        return given(post, 201, Location=f"{self.url}/wp-json/wp/v2/posts/{number}")

    def _checked(self, data: Any) -> dict[str, Any]:
        if data.get("status", "draft") not in self.statuses:
            message = "Invalid parameter(s): status"
            raise self._error(400, "rest_invalid_param", message)
        if not any(data.get(name) for name in ("title", "content", "excerpt")):
            raise self._error(400, "empty_content", "Content, title, and excerpt are empty.")
        return {name: data[name] for name in ("title", "content", "excerpt", "slug", "status") if name in data}

    @staticmethod
    def _error(status: int, code: str, message: str) -> Refusal:
        return Refusal(given({"code": code, "message": message, "data": {"status": status}}, status))


class Ghost(Blog):
    """`keys` are its Admin API keys: secrets in hexadecimal digits by their ids."""

    kind = "ghost"
    user = ""
    key_id, key = "0123" * 6, "ab" * 32
    secret = f"{key_id}:{key}"
    longest = {"title": 255, "custom_excerpt": 300, "meta_description": 500, "slug": 191}

    def __init__(self) -> None:
        self.keys = {self.key_id: self.key}
        super().__init__()

    def edit(self, post_id: str, **fields: Any) -> None:
        self.posts[post_id] |= {**fields, "updated_at": f"{self.now()}.000Z"}

    def throw_away(self, post_id: str) -> None:
        del self.posts[post_id]

    def publish(self, post_id: str) -> None:
        self.edit(post_id, status="published")

    def answer(self, asked: Asked) -> Answer:
        path = asked.path.removeprefix("/ghost/api/admin/posts/")
        if path == asked.path:
            return Answer(404, b"<h1>404</h1>", {"Content-Type": "text/html"})
        self._authorised(asked)
        if not path:
            return self._listed(asked) if asked.method == "GET" else self._made(asked)
        post = self.posts.get(path.rstrip("/"))
        if post is None:
            raise _ghost_error(404, "NotFoundError", "Resource not found error, cannot read post.")
        if asked.method == "PUT":
            self._changed(post, asked)
        return given({"posts": [_only(post, asked.query.get("fields", ""))]})

    def _authorised(self, asked: Asked) -> None:
        scheme, _, token = asked.headers.get("authorization", "").partition(" ")
        if not scheme:
            raise _ghost_error(403, "NoPermissionError", "Authorization failed")
        pieces = token.split(".")
        if scheme != "Ghost" or len(pieces) != 3:
            raise _ghost_error(400, "BadRequestError", "Invalid token", "INVALID_JWT")
        header, claims = (json.loads(base64.urlsafe_b64decode(piece + "==")) for piece in pieces[:2])
        if header.get("kid") not in self.keys:
            raise _ghost_error(401, "UnauthorizedError", "Unknown Admin API Key", "UNKNOWN_ADMIN_API_KEY")
        expected = hmac.new(
            bytes.fromhex(self.keys[header["kid"]]), ".".join(pieces[:2]).encode(), hashlib.sha256
        ).digest()
        wrong = ""
        if header.get("alg") != "HS256":
            wrong = "invalid algorithm"
        elif not hmac.compare_digest(expected, base64.urlsafe_b64decode(pieces[2] + "==")):
            wrong = "invalid signature"
        elif claims.get("aud") not in ("/admin/", "admin"):
            wrong = "jwt audience invalid. expected: /\\/?admin\\/?$/"
        elif not claims["iat"] <= time.time() + 1 or time.time() > claims["exp"]:
            wrong = "jwt expired"
        elif claims["exp"] - claims["iat"] > 300:
            wrong = "maxAge exceeded"
        if wrong:
            raise _ghost_error(401, "UnauthorizedError", f"Invalid token: {wrong}", "INVALID_JWT")

    def _listed(self, asked: Asked) -> Answer:
        wanted = asked.query.get("filter", "").removeprefix("status:")
        found = [post for post in self.posts.values() if post["status"] == wanted][::-1]
        found = found[: int(asked.query.get("limit", "15"))]
        return given({"posts": [_only(post, asked.query.get("fields", "")) for post in found], "meta": {}})

    def _made(self, asked: Asked) -> Answer:
        sent = self._checked(asked)
        slug, taken = sent.get("slug", "untitled"), {post["slug"] for post in self.posts.values()}
        n = 2
        while slug in taken:
            slug, n = f"{sent.get('slug', 'untitled')}-{n}", n + 1
        post_id = f"5b7ada404f87d200b5b1f{self._ticks:03d}"
        made = {"id": post_id, **sent, "slug": slug, "status": sent.get("status", "draft")}
        self.posts[post_id] = {**made, "updated_at": f"{self.now()}.000Z"}
        return given({"posts": [self.posts[post_id]]}, 201)

    def _changed(self, post: dict[str, Any], asked: Asked) -> None:
        sent = self._checked(asked)
        if sent.pop("updated_at", None) != post["updated_at"]:
            message = "Saving failed! Someone else is editing this post."
            raise _ghost_error(409, "UpdateCollisionError", message, "UPDATE_COLLISION")
        if any(other is not post and other["slug"] == sent.get("slug") for other in self.posts.values()):
            sent["slug"] = post["slug"]
        post |= {**sent, "updated_at": f"{self.now()}.000Z"}

    def _checked(self, asked: Asked) -> dict[str, Any]:
        """Return what was sent. HTML counts where it is said to be the source, and is else not looked at."""
        [sent] = asked.data["posts"]
        problem = "" if sent.get("title") else "Value in [posts.title] cannot be blank."
        for name, most in self.longest.items():
            if len(sent.get(name) or "") > most:
                problem = f"Value in [posts.{name}] exceeds maximum length of {most} characters."
        if problem:
            raise _ghost_error(422, "ValidationError", "Validation error, cannot save post.", context=problem)
        kept = {name: value for name, value in sent.items() if name != "html"}
        return {**kept, "html": sent["html"]} if asked.query.get("source") == "html" else kept


def _ghost_error(status: int, kind: str, message: str, code: str | None = None, context: str | None = None) -> Refusal:
    error = {
        "message": message, "context": context, "type": kind, "details": None, "property": None, "help": None,
        "code": code, "id": "36069d20-723f-11e9-9b05-d55f47be1c26", "ghostErrorCode": None,
    }  # fmt: skip
    return Refusal(given({"errors": [error]}, status))


def _only(post: dict[str, Any], names: str) -> dict[str, Any]:
    return {name: post[name] for name in names.split(",") if name in post} if names else dict(post)


KINDS: dict[str, Callable[[], Blog]] = {"wordpress": WordPress, "ghost": Ghost}
