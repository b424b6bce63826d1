"""The posts of docs/examples say what their scripts say, and a script's quotes are what its judge goes by."""

from __future__ import annotations

import json
import re

import pytest

from benchmarks.examples.command import EXAMPLES
from benchmarks.examples.posts import names, read, script
from benchmarks.examples.writer import Writer

SCRIPT = read(
    "title: T\n\n-- lead\n~ Hello.\n\n== One\ncovers: it\nclaim: Ants have legs. | six legs\n+ Ants walk. | walk on\n"
)


@pytest.mark.parametrize("name", names())
def test_an_example_has_every_sentence_of_its_script(name: str) -> None:
    post = re.sub(r"\[\d+\]", "", (EXAMPLES / f"{name}.md").read_text("utf-8"))
    told = script(name)
    missing = [line.text for line in told.lines if line.text not in post]
    assert not missing and post.startswith(f"# {told.said['title']}\n")
    assert [part.heading for part in told.sections] == re.findall(r"^## (.*)$", post, re.MULTILINE)[:-1]


def test_the_writer_cites_the_passage_that_has_the_words_and_no_other() -> None:
    def asked(passage: str) -> str:
        said = f"<sources>\n[1] Nothing.\n[2] {passage}\n</sources>\n\nSection: One\n"
        return Writer(SCRIPT)({"messages": [{"role": "user", "content": said}]})

    assert asked("They walk on leaves.") == "Ants walk [2]."
    assert asked("They swim.") == "Ants walk."


@pytest.mark.parametrize(("claim", "quote", "verdict"), [
    ("Ants walk.", "They walk on leaves.", "supported"),
    ("Ants walk.", "They swim.", "not"),
    ("Hello.", "They swim.", "no claim"),
    ("Ants fly.", "They walk on leaves.", "no claim"),
])  # fmt: skip
def test_the_judge_goes_by_the_quotes(claim: str, quote: str, verdict: str) -> None:
    writer = Writer(SCRIPT)
    body = {
        "messages": [{"role": "user", "content": f"Claim 1: {claim}\nQuotes:\n- {quote}\n"}],
        "response_format": {"json_schema": {"schema": {"properties": {"verdicts": {}}}}},
    }
    assert json.loads(writer(body))["verdicts"][0]["verdict"] == verdict
    assert len(writer.missed) == (claim == "Ants fly." or verdict == "not")
