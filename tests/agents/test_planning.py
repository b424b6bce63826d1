"""Before a post is written: the brief reaches every prompt, what is missing is asked about, the outline is approved."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from docx import Document

from agents.brief.brief import Brief
from agents.models import Post
from agents.post.assemble import body_of
from genisys.testing import Clock, Report
from genisys.testing.provider import FakeProvider, prompt_text
from ingestion.models import Fact, Page, Passage, Site
from tests.agents.conftest import TOPIC, true_writer
from tests.depth import by_depth
from tests.ingestion.conftest import Answer, Loopback
from tests.ingestion.conftest import Site as Served

pytestmark = pytest.mark.django_db(transaction=True)

FILTER = (
    "The parking lot of a Quillon farm holds jobs for ninety days. A job in the parking lot keeps its payload and its "
    "last error. An operator returns a job from the parking lot with one command. Nothing leaves the parking lot alone."
)


MORE = (
    "Zebras drink water every single day of the year. Giraffes can go without water for many days. Calves of giraffes "
    "stand up within one hour. Foals of zebras follow their mothers at once."
)


def told(report: Report) -> list[str]:
    return [line["text"] for line in report.state["status_lines"]]


def headings(report: Report) -> list[str]:
    lines = body_of(report.output.markdown).splitlines()
    return [line.removeprefix("## ") for line in lines if line.startswith("## ")]


def schemas(provider: FakeProvider) -> list[str]:
    """What each question with a schema was for, by its fields."""
    found = [body["response_format"]["json_schema"]["schema"] for body in bodies(provider) if "response_format" in body]
    return [",".join(schema["properties"]) for schema in found]


def bodies(provider: FakeProvider) -> list[dict[str, Any]]:
    return [request.body if hasattr(request, "body") else request for request in provider.requests]


@pytest.fixture
def served(settings: Any) -> Iterator[Served]:
    """A site that was not read."""
    settings.INGEST_ALLOWED_PRIVATE_HOSTS = ["127.0.0.1"]
    settings.INGEST_MIN_DELAY = 0
    site = Served()
    yield site
    site.stop()


async def test_the_brief_reaches_the_questions_the_outline_and_every_section(
    provider: FakeProvider, quillon: Site, write: Any
) -> None:
    quillon.profile = {"tone": "Speaks of itself as “we”, short sentences."}
    await quillon.asave()
    brief = Brief(audience="night-shift operators", goal="they park no job by hand", not_say=["Zorblax"], words=700)
    report = await write(brief=brief)
    assert report.error is None, report.error
    asked = [text for text in map(prompt_text, bodies(provider)) if "night-shift operators" in text]
    for task in ("Name the questions", "Outline a post", "Write the text of this section"):
        [*found] = [text for text in asked if task in text]
        assert found, task
        assert all("they park no job by hand" in text and "Zorblax" in text for text in found)
    for text in asked:
        assert ("Speaks of itself as “we”" in text) == ("Name the questions" not in text)
    assert any("Length of this section: about 233 words" in text for text in asked)


async def test_a_topic_that_says_nothing_is_asked_about_and_the_post_has_the_one_that_was_given(
    provider: FakeProvider, quillon: Site, write: Any
) -> None:
    report = await write("the and of", answers={"topic": {"topic": f" {TOPIC} "}}, clock=Clock())
    assert report.error is None, report.error
    assert (await Post.objects.aget(pk=report.output.post_id)).topic == TOPIC
    provider.requests.clear()
    report = await write("the and of", clock=Clock())
    assert "has no word that could be looked up" in report.error.message
    assert not provider.requests


async def test_a_topic_in_another_language_than_the_pages_is_asked_about_and_goes_on_without_an_answer(
    provider: FakeProvider, quillon: Site, write: Any
) -> None:
    await Passage.objects.all().aupdate(language="en")
    topic = "Wie die Jobs von Quillon in der Warteschlange aufgehoben werden"
    report = await write(topic, answers={"language": {"topic": TOPIC}}, clock=Clock())
    assert report.error is None, report.error
    assert (await Post.objects.aget(pk=report.output.post_id)).topic == TOPIC
    [asked] = [asked for asked in report.state["inputs"].values() if asked["name"] == "language"]
    assert "The topic is in German, and your pages are in English" in asked["prompt"]
    report = await write(topic, clock=Clock())
    assert report.error is None, report.error
    assert (await Post.objects.aget(pk=report.output.post_id)).topic == topic


async def test_what_the_brief_leaves_open_is_asked_once_and_may_be_left_open(
    provider: FakeProvider, quillon: Site, write: Any
) -> None:
    answers = {"brief": {"audience": "newcomers", "angle": "what it costs to forget a job"}}
    report = await write(brief=Brief(goal="they install it", ask=True), answers=answers, clock=Clock())
    assert report.error is None, report.error
    assert provider.count("they install it; what it costs to forget a job") > 2
    assert provider.count("Reader: newcomers") > 2
    report = await write(brief=Brief(ask=True), clock=Clock())
    assert report.error is None, report.error


async def test_too_little_is_asked_about_and_another_topic_or_an_address_mends_it(
    provider: FakeProvider, quillon: Site, write: Any, served: Served
) -> None:
    report = await write("Zebras giraffes", answers={"sources": {"topic": TOPIC}}, clock=Clock())
    assert report.error is None, report.error
    assert (await Post.objects.aget(pk=report.output.post_id)).topic == TOPIC
    zebras = "Zebras and giraffes graze together. Giraffes see lions early. Zebras bark when they are alarmed. "
    served.page("/zebras", text=zebras + "Both move to the river in the dry months. " + MORE)
    given = {"sources": {"sources": f"{served.url}/zebras\nno address at all"}}
    report = await write("Zebras giraffes", answers=given, clock=Clock())
    assert report.error is None, report.error
    assert f"{served.url}/zebras" in report.output.markdown
    assert "“no address at all” is no web address, so it was left out" in told(report)
    report = await write("Zebras giraffes", answers={"sources": {"sources": f"{served.url}/none"}}, clock=Clock())
    assert "speaks of “Zebras giraffes”" in report.error.message
    assert f"{served.url}/none could not be read: it answered 404." in told(report)


async def test_an_outline_is_changed_and_only_what_stands_is_searched_and_written(
    provider: FakeProvider, quillon: Site, write: Any
) -> None:
    claim = {"text": "A job waits there.", "sources": [987_654]}
    sections = [
        {"heading": "Metrics", "covers": "What the endpoint reports."},
        {"heading": "Where jobs live", "covers": "The journal of jobs."},
        {"heading": "The parking lot", "covers": "Failures", "claims": [claim]},
    ]
    answers = {"outline": {"title": "Jobs that are never lost", "thesis": "None goes.", "sections": sections}}
    report = await write(brief=Brief(approve_minutes=30), answers=answers, clock=Clock())
    assert report.error is None, report.error
    assert headings(report) == ["Metrics", "Where jobs live", "The parking lot"]
    assert report.output.title == "Jobs that are never lost"
    assert provider.count("Section: Retries after failures") == 0
    [asked] = [asked for asked in report.state["inputs"].values() if asked["name"] == "outline"]
    first = asked["schema"]["properties"]["sections"]["default"][0]
    assert (first["heading"], first["covers"]) == ("How jobs are stored", "The journal of jobs.")
    assert provider.count("Thesis of the post: None goes.") >= 3
    assert provider.count("Planned for this section: A job waits there.") > 0
    assert "“A job waits there.” names a source that is no longer there; another one is looked for" in told(report)
    shown = report.state["objects"]["outline"]
    assert shown["settled"]
    assert [section["heading"] for section in shown["sections"]][2] == "Metrics"


async def test_an_outline_that_nobody_looks_at_stands_after_its_time(
    provider: FakeProvider, quillon: Site, write: Any
) -> None:
    report = await write(brief=Brief(approve_minutes=30), clock=Clock())
    assert report.error is None, report.error
    assert headings(report) == ["How jobs are stored", "Retries after failures", "Metrics"]


async def test_an_outline_that_cannot_be_written_to_is_asked_for_again(
    provider: FakeProvider, quillon: Site, write: Any
) -> None:
    twice = {"sections": [{"heading": heading} for heading in ("One", "Two", "one")]}
    with pytest.raises(AssertionError, match="Two sections are called “one”"):
        await write(brief=Brief(approve_minutes=30), answers={"outline": twice}, clock=Clock())


async def test_a_worker_that_dies_at_any_step_of_the_plan_asks_and_pays_nothing_again(
    provider: FakeProvider, quillon: Site, write: Any
) -> None:
    sections = [{"heading": heading} for heading in ("Metrics", "The parking lot", "Where jobs live")]
    answers = {"outline": {"sections": sections}}
    options = {"brief": Brief(approve_minutes=30), "answers": answers}
    whole = await write(**options, clock=Clock())
    calls = len(provider.requests)
    for step in by_depth(("outline",), ("look_over", "research", "outline", "assign")):
        provider.requests.clear()
        report = await write(**options, clock=Clock(), crash_after={step: 1})
        assert body_of(report.output.markdown) == body_of(whole.output.markdown), step
        assert len(provider.requests) == calls, step


def _word(*paragraphs: str) -> str:
    document = Document()
    document.add_heading("The parking lot", 1)
    for text in paragraphs:
        document.add_paragraph(text)
    kept = io.BytesIO()
    document.save(kept)
    return base64.b64encode(kept.getvalue()).decode()


async def test_given_files_and_addresses_are_cited_and_their_words_are_kept_with_the_post(
    provider: FakeProvider, quillon: Site, write: Any, served: Served
) -> None:
    served.page("/lot", text="The parking lot of Quillon is emptied by an operator. " + FILTER.replace("ninety", "40"))
    brief = Brief(
        sources=[f"{served.url}/lot", f"{served.url}/none", "http://169.254.169.254/latest/meta-data"],
        files=[
            {"name": "parking lot.docx", "content": _word(FILTER)},
            {"name": "broken.pdf", "content": base64.b64encode(b"%PDF-1.7 nothing").decode()},
            {"name": "wrong.md", "content": "?"},
        ],
    )
    report = await write("The parking lot of Quillon", brief=brief)
    assert report.error is None, report.error
    cited = {citation.url: citation for citation in report.output.citations}
    assert {f"{served.url}/lot", "urn:file:parking%20lot.docx"} <= set(cited)
    lines = told(report)
    assert f"{served.url}/none could not be read: it answered 404." in lines
    assert any(line.startswith("http://169.254.169.254/latest/meta-data could not be read: ") for line in lines)
    assert "broken.pdf could not be read: it is a PDF that cannot be opened." in lines
    assert "wrong.md could not be read: its content is no base64." in lines
    post = await Post.objects.aget(pk=report.output.post_id)
    kept = {item["passage_id"]: item for item in post.evidence}
    for citation in cited.values():
        assert set(citation.passage_ids) <= set(kept)
    [file] = [item for item in kept.values() if item["page_url"].startswith("urn:file:")]
    assert "ninety days" in file["text"], "what contradicts the other page is not used, but stands in what was kept"
    assert "ninety days" not in report.output.markdown
    assert "The parking lot (file parking lot.docx)" in report.output.markdown
    assert "<urn:" not in report.output.markdown


async def test_a_step_that_follows_does_not_carry_the_files_bytes(
    provider: FakeProvider, quillon: Site, write: Any
) -> None:
    content = _word(FILTER)
    report = await write("The parking lot of Quillon", brief=Brief(files=[{"name": "lot.docx", "content": content}]))
    carrying = {step.name for step in report.steps if content in json.dumps(step.input)}
    assert carrying <= {"read_file", "write-post"}


async def test_the_tone_of_a_page_is_counted_and_sampled_and_its_facts_are_not_used(
    provider: FakeProvider, quillon: Site, write: Any, served: Served
) -> None:
    served.page("/voice", text="You open the lid. You look inside. We promise nothing you cannot see. " * 4)
    report = await write(brief=Brief(tone_address=f"{served.url}/voice"))
    assert report.error is None, report.error
    section = next(text for text in map(prompt_text, bodies(provider)) if "Write the text of this section" in text)
    assert "Tone: Speaks to the reader as “you”" in section
    assert "Write in the voice of this sample, with none of its facts: " in section
    assert "You open the lid." in section
    assert all(served.url not in citation.url for citation in report.output.citations)


class SearXNG(Loopback):
    """Speaks SearXNG's search API (docs.searxng.org): GET /search?q=…&format=json."""

    def __init__(self, results: list[dict[str, Any]]) -> None:
        self.queries: list[str] = []
        self.status = 200

        def answer(request: Any) -> Answer:
            self.queries.append(request.path)
            body = json.dumps({"query": "q", "number_of_results": 0, "results": results, "suggestions": []})
            return Answer(body.encode(), self.status, {"Content-Type": "application/json"})

        super().__init__(answer)


async def test_the_web_is_searched_read_and_cited_where_its_pages_allow_it(
    provider: FakeProvider, quillon: Site, write: Any, served: Served, settings: Any
) -> None:
    served.page("/lot", text=FILTER)
    served.page("/private/lot", text=FILTER.replace("ninety", "eighty"))
    served.text("/robots.txt", "User-agent: *\nDisallow: /private/")
    found = [
        {"url": f"{served.url}/lot", "title": "Lot", "content": "…", "publishedDate": "2026-01-02T00:00:00"},
        {"url": f"{served.url}/private/lot", "title": "Private", "content": "…"},
    ]
    engine = SearXNG(found)
    settings.SEARXNG_URL = engine.url
    report = await write("The parking lot of Quillon", brief=Brief(web=True))
    assert report.error is None, report.error
    assert f"{served.url}/lot" in [citation.url for citation in report.output.citations]
    assert served.asked["/private/lot"] == 0
    assert f"{served.url}/private/lot could not be read: its robots.txt asks us not to." in told(report)
    assert engine.queries[0].startswith("/search?q=The+parking+lot+of+Quillon&format=json")
    engine.status = 403
    report = await write("The parking lot of Quillon", brief=Brief(web=True))
    assert report.error is None, report.error
    assert "The web search (SearXNG) answered 403." in told(report)
    settings.SEARXNG_URL = ""
    report = await write("The parking lot of Quillon", brief=Brief(web=True))
    assert "No web search is set up here, so only your own pages and sources are used." in told(report)
    engine.stop()


async def test_follow_ups_are_asked_from_verbatim_notes_and_looked_up(
    provider: FakeProvider, quillon: Site, write: Any
) -> None:
    page = await Page.objects.filter(site=quillon).afirst()
    await Passage.objects.acreate(page=page, ordinal=99, text=FILTER)

    def curious(body: dict[str, Any]) -> str:
        if "raise and leave open" in prompt_text(body):
            return json.dumps({"questions": ["How long does the parking lot hold a job?", "Who is the king?"]})
        return true_writer(body)

    provider.responder = curious
    report = await write()
    assert report.error is None, report.error
    [research] = [step for step in report.steps if step.name == "research"]
    assert "How long does the parking lot hold a job?" in research.output["questions"]
    assert "Who is the king?" not in research.output["questions"]
    texts = " ".join([" ".join(row.text.split()) async for row in Passage.objects.all()])
    assert research.output["notes"]
    for note in research.output["notes"]:
        assert note["quote"] in texts
    [asked] = [text for text in map(prompt_text, bodies(provider)) if "raise and leave open" in text]
    assert sum(note["quote"] in asked for note in research.output["notes"]) > 2
    noted = [source for source in report.state["items"]["source"].values() if not source["n"]]
    assert all("quote" in source for source in noted)


async def test_facts_come_before_passages(provider: FakeProvider, quillon: Site, write: Any) -> None:
    page = await Page.objects.filter(site=quillon).afirst()
    row = await Passage.objects.acreate(page=page, ordinal=98, text=f"Something else entirely. {FILTER}")
    quote = "An operator returns a job from the parking lot with one command."
    await Fact.objects.acreate(
        page=page, ordinal=1, kind="other", about="How Quillon keeps jobs", statement="Jobs come back.", quote=quote
    )
    report = await write()
    [research] = [step for step in report.steps if step.name == "research"]
    assert row.pk in [item["passage_id"] for item in research.output["evidence"]][:3]


async def test_a_small_model_says_what_of_the_brief_it_does_not_heed_and_quotes_what_was_given(
    provider: FakeProvider, quillon: Site, write: Any, settings: Any
) -> None:
    settings.GENISYS_MODEL = "smollm2-135m-instruct"
    file = {"name": "lot.docx", "content": _word(FILTER)}
    brief = Brief(audience="newcomers", ask=True, approve_minutes=30, files=[file])
    report = await write("The parking lot of Quillon", brief=brief, clock=Clock())
    assert report.error is None, report.error
    assert not provider.requests
    assert not report.state["inputs"]
    assert any("so the post is a digest" in line for line in told(report))
    assert "urn:file:lot.docx" in [citation.url for citation in report.output.citations]


async def test_what_the_brief_forbids_is_in_no_sentence_and_no_heading_whoever_wrote_it(
    provider: FakeProvider, quillon: Site, write: Any, settings: Any
) -> None:
    for model in ("scripted", "smollm2-135m-instruct"):
        settings.GENISYS_MODEL = model
        said = (await write()).output.markdown.lower()
        assert "journal" in said
        report = await write(brief=Brief(not_say=["Journal"]))
        assert report.error is None, report.error
        assert "journal" not in body_of(report.output.markdown).lower().replace("journals", "")
        post = await Post.objects.aget(pk=report.output.post_id)
        assert "The brief forbids “Journal”." in json.dumps(post.parts, ensure_ascii=False)
