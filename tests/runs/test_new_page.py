"""The pages that start a run of any workflow: the list of them, and the form of each."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from pydantic import BaseModel, Field, SecretStr

from genisys import workflow
from runs.models import Run
from runs.pages.new.catalogue import first_sentence
from runs.presentation.words import title_of

SECRET = "swordfish-1234"


class Order(BaseModel):
    topic: str = Field(description="What it is about.")
    pages: int = Field(default=3, ge=1, le=9)
    api_key: SecretStr | None = None


@workflow(name="daily-digest", title=lambda order: f"Digest of {order.topic}")
async def daily_digest(order: Order) -> Order:
    """Read the news, e.g. of today, and sum it up. It takes a minute.

    More about it.
    """
    return order


class Content(BaseModel):
    content: bytes


@workflow(name="takes-a-file")
async def takes_a_file(given: Content) -> Content:
    return given


@pytest.fixture
def client(engine, people) -> Client:
    client = Client()
    client.force_login(people.owner)
    return client


def sent(client: Client, **typed: str):
    once = BeautifulSoup(client.get("/new/daily-digest/").content, "html.parser").select_one("[name='input-~once']")
    return {"input-~once": once["value"], "input-pages": "3", "input-topic": "Bees"} | {
        f"input-{name}": value for name, value in typed.items()
    }


def test_whoever_is_signed_in_finds_every_workflow_with_its_first_sentence(client):
    page = BeautifulSoup(client.get("/new/").content, "html.parser")
    offers = {offer.h2.text: offer for offer in page.select(".offers li")}
    assert offers["Daily digest"].a["href"] == "/new/daily-digest/"
    assert offers["Daily digest"].p.text == "Read the news, e.g. of today, and sum it up."
    assert offers["Takes a file"].p is None
    assert list(offers)[:2] == ["Read a site", "Write a post"]
    assert offers["Write a post"].a["href"] == "/posts/new"


def test_a_product_keeps_its_own_form_and_no_workflow_is_no_page(client):
    assert client.get("/new/ingest-site/")["Location"] == "/sites/new"
    assert client.get("/new/no-such/").status_code == 404


@pytest.mark.parametrize("path", ["/new/", "/new/daily-digest/"])
def test_who_is_not_signed_in_is_asked_to(path, engine, people):
    assert Client().get(path)["Location"].startswith("/accounts/login/")
    assert Client().post("/new/daily-digest/")["Location"].startswith("/accounts/login/")


def test_the_form_starts_a_run_that_is_the_persons_own(client, people):
    answer = client.post("/new/daily-digest/", sent(client, pages="5"))
    run = Run.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"/runs/{run.pk}/")
    assert (run.owner, run.workflow, run.title) == (people.owner, "daily-digest", "Digest of Bees")
    assert run.input == {"topic": "Bees", "pages": 5, "api_key": None}


def test_sent_twice_it_starts_one_run_and_changed_in_between_it_asks_before_it_starts_another(client):
    form = sent(client)
    first, second = client.post("/new/daily-digest/", form), client.post("/new/daily-digest/", form)
    assert first["Location"] == second["Location"]
    assert Run.objects.count() == 1
    changed = client.post("/new/daily-digest/", form | {"input-topic": "Wasps"})
    assert changed.status_code == 422
    assert "has started a run already" in changed.content.decode()
    page = BeautifulSoup(changed.content, "html.parser")
    once = page.select_one("[name='input-~once']")["value"]
    client.post("/new/daily-digest/", form | {"input-topic": "Wasps", "input-~once": once})
    assert sorted(Run.objects.values_list("title", flat=True)) == ["Digest of Bees", "Digest of Wasps"]


def test_what_is_wrong_stands_at_its_field_and_nothing_is_started(client):
    answer = client.post("/new/daily-digest/", sent(client, topic="", pages="12", api_key=SECRET))
    assert answer.status_code == 422
    page = BeautifulSoup(answer.content, "html.parser")
    field = page.select_one("[name='input-pages']")
    assert "9" in page.find(id=field["aria-describedby"].split()[-1]).text
    assert "Nothing was started" in page.select_one("[role=alert]").text
    assert page.select_one("[name='input-pages']")["value"] == "12"
    assert SECRET not in answer.content.decode()
    assert not Run.objects.exists()


def test_a_secret_is_sealed_in_what_is_recorded(client):
    client.post("/new/daily-digest/", sent(client, api_key=SECRET))
    run = Run.objects.get()
    assert SECRET not in str(run.input)
    assert run.sealed_input


def test_the_persons_quota_holds_as_it_does_for_the_api(client, settings):
    settings.GENISYS_STARTS_PER_HOUR = 1
    client.post("/new/daily-digest/", sent(client))
    answer = client.post("/new/daily-digest/", sent(client))
    assert answer.status_code == 429
    assert "within an hour" in answer.content.decode()


def test_a_file_is_sent_with_the_form_and_one_that_cannot_be_kept_is_refused_in_words(client, tmp_path):
    page = BeautifulSoup(client.get("/new/takes-a-file/").content, "html.parser")
    assert page.select_one("form.form")["enctype"] == "multipart/form-data"
    text, picture = tmp_path / "a.txt", tmp_path / "a.png"
    text.write_bytes("ä".encode())
    picture.write_bytes(b"\x89PNG")
    with picture.open("rb") as file:
        assert client.post("/new/takes-a-file/", {"input-content": file}).status_code == 422
    with text.open("rb") as file:
        assert client.post("/new/takes-a-file/", {"input-content": file}).status_code == 303
    assert Run.objects.get().input == {"content": "ä"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", ""),
        ("One line", "One line"),
        ("Two\n  lines. And more.", "Two lines."),
        ("Is it? Yes.", "Is it?"),
        ("Of e.g. version 2.5 and so on. More.", "Of e.g. version 2.5 and so on."),
        ("First part\n\nSecond.", "First part"),
        ("x" * 400, "x" * 300 + "…"),
    ],
)
def test_the_first_sentence_of_a_docstring(text, sentence):
    assert first_sentence(text) == sentence


def test_a_name_as_a_title():
    assert title_of("read_the-news") == "Read the news"
