"""No event is larger than 256 KB, however much a body writes at once or in all."""

from __future__ import annotations

import asyncio

import pytest
from pydantic import BaseModel, SecretStr
from pydantic_core import to_json

from genisys import component, text, workflow
from genisys.host import compacted, fold
from genisys.testing import Report, run_in_memory

LONG = "A sentence with ä, 😀 and \x01.\n" * 20_000
EVENT_BYTES = 256 * 1024


class Novel(BaseModel):
    how: str = "at once"
    token: SecretStr = SecretStr("")


class Length(BaseModel):
    characters: int


@component
async def write(how: str, token: SecretStr) -> int:
    async with text("novel", title="A novel") as out:
        if how == "replaced":
            out.write("A beginning that is dropped.")
            await asyncio.sleep(0)  # so that the beginning may be on its way when it is dropped
            out.replace(LONG)
        elif how == "in pieces":
            for begin in range(0, len(LONG), 999):
                out.write(LONG[begin : begin + 999])
        else:
            out.write(LONG)
        out.write(token.get_secret_value())
    return len(out.text)


@workflow(name="test-long-text")
async def novel(request: Novel) -> Length:
    return Length(characters=await write(request.how, request.token))


def told(report: Report) -> str:
    block = fold(report.events)["blocks"]["novel"]
    assert block["state"] == "final"
    assert fold(compacted(report.events)) == fold(report.events)
    assert all(len(to_json(event)) <= EVENT_BYTES for event in [*report.events, *compacted(report.events)])
    return str(block["txt"])


@pytest.mark.parametrize("how", ["at once", "in pieces", "replaced"])
async def test_a_text_that_is_larger_than_an_event_is_told_whole_in_pieces(how: str) -> None:
    report = await run_in_memory(novel, Novel(how=how))
    assert told(report) == LONG
    assert report.output == Length(characters=len(LONG))


@pytest.mark.parametrize("how", ["at once", "in pieces", "replaced"])
async def test_a_secret_in_a_long_text_is_dots(how: str) -> None:
    report = await run_in_memory(novel, Novel(how=how, token=SecretStr("open-sesame")))
    assert told(report) == LONG + "••••••"


class Large(BaseModel):
    text: str


@workflow(name="test-large-output")
async def large(request: Novel) -> Large:
    return Large(text="x" * 1_000_000)


async def test_an_output_that_packs_small_is_no_large_event() -> None:
    report = await run_in_memory(large, Novel())
    assert "output" not in report.events[-1]
    assert report.output == Large(text="x" * 1_000_000)


@component
async def rewrite() -> None:
    async with text("short") as out:
        out.write("One")
        out.replace("Something else, and longer")
        out.write(", with an end")


@workflow(name="test-rewritten-text")
async def rewritten(request: Novel) -> Length:
    await rewrite()
    return Length(characters=0)


async def test_what_is_written_behind_a_text_that_was_replaced_is_seen_when_it_is_final() -> None:
    report = await run_in_memory(rewritten, Novel())
    assert fold(report.events)["blocks"]["short"]["txt"] == "Something else, and longer, with an end"
