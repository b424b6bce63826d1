"""Pages are compressed on the way, and nothing whose length could give something away."""

from __future__ import annotations

import gzip

import pytest
from django.contrib.auth import get_user_model
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client, RequestFactory
from django.urls import resolve

from genisys_site.middleware.compression import may_be_compressed

HTML = "text/html; charset=utf-8"


@pytest.fixture
def client(db: None) -> Client:
    client = Client(headers={"Accept-Encoding": "gzip, br"})
    client.force_login(get_user_model().objects.create_user(username="ana"))
    return client


def test_a_page_is_sent_compressed_and_says_so(client: Client) -> None:
    page = client.get("/new/")
    assert page["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in page["Vary"]
    plain = gzip.decompress(page.content)
    assert b"<h1>" in plain
    assert len(page.content) < len(plain) / 2
    assert int(page["Content-Length"]) == len(page.content)


def test_a_browser_that_takes_no_compression_gets_the_page_as_it_is(client: Client) -> None:
    page = client.get("/new/", headers={"Accept-Encoding": "identity"})
    assert not page.has_header("Content-Encoding")
    assert b"<h1>" in page.content


@pytest.mark.parametrize(
    ("path", "site", "compressed"),
    [
        ("/", "", True),
        ("/runs/", "", True),
        ("/runs/?q=guess", "", False),
        ("/runs/?q=guess", "cross-site", False),
        ("/runs/?q=mine", "same-origin", True),
        ("/runs/?q=typed", "none", True),
        ("/runs/a-run/fragment?seq=7", "same-origin", True),
        ("/runs/a-run/inputs/a-key", "same-origin", False),
        ("/posts/shared/a-key/", "same-origin", False),
        ("/s/a-key/", "same-origin", False),
        ("/account/tokens/", "same-origin", False),
        ("/accounts/2fa/recovery-codes/", "same-origin", False),
        ("/accounts/login/", "same-origin", False),
        ("/admin/", "same-origin", True),
        ("/admin/auth/user/1/change/", "same-origin", True),
        ("/admin/auth/user/1/change/", "cross-site", True),
        ("/admin/auth/user/1/password/", "same-origin", False),
        ("/admin/password_change/", "same-origin", False),
    ],
)
def test_what_holds_a_key_or_repeats_a_strangers_text_is_not_compressed(path: str, site: str, compressed: bool) -> None:
    request = RequestFactory(headers={"Sec-Fetch-Site": site} if site else {}).get(path)
    request.resolver_match = resolve(request.path_info)
    assert may_be_compressed(request, HttpResponse("x" * 1000, content_type=HTML)) is compressed


@pytest.mark.parametrize(
    "response",
    [
        StreamingHttpResponse(["x"], content_type=HTML),
        HttpResponse("{}", content_type="application/json"),
        HttpResponse("x", content_type=HTML, status=422),
    ],
    ids=["a stream", "a file", "an error"],
)
def test_neither_streams_nor_files_nor_errors_are_compressed(response: HttpResponse) -> None:
    request = RequestFactory().get("/runs/")
    request.resolver_match = resolve("/runs/")
    assert not may_be_compressed(request, response)


def test_an_answer_to_a_form_is_not_compressed() -> None:
    request = RequestFactory().post("/new/x/")
    request.resolver_match = resolve("/new/x/")
    assert not may_be_compressed(request, HttpResponse("x", content_type=HTML))
