"""What the guides' examples may ask for: a running product, and the token of somebody who may use it."""

from __future__ import annotations

import functools
import re
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


@pytest.fixture(scope="session")
def product(stack: Any) -> str:
    """The product's address."""
    return str(stack.url)


@pytest.fixture(scope="session")
def token(stack: Any) -> str:
    made = stack.manage(
        "shell",
        "--verbosity",
        "0",
        "-c",
        "from django.contrib.auth import get_user_model\n"
        "from runs.models import ApiToken\n"
        "from runs.accounts.tokens import issue\n"
        "reader = get_user_model().objects.create_user('reader', 'reader@example.org', 'a long enough password')\n"
        "print(issue(reader, name='guide', scopes=list(ApiToken.SCOPES))[1])",
    )
    return str(re.findall(r"gen_\S+", made)[-1])


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a site of one page on loopback."""
    folder = tmp_path_factory.mktemp("site")
    text = "<p>A heat pump moves warmth from the air outside into the house, and is cleaned once a year.</p>" * 3
    (folder / "index.html").write_text(
        f"<!doctype html><html lang=en><title>Heat pumps</title><main><h1>Heat pumps</h1>{text}</main></html>"
    )
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""
