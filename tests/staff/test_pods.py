"""What Kubernetes is told of pods, by a server that speaks its PATCH: who may, of which pods, and in which form."""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from genisys.host import WorkerInfo
from genisys.testing.redis import beat
from runs.engines import close_engine
from staff.machines import pods
from staff.machines.pods import ANNOTATION, LEAVES, PodCosts, costs_of
from tests.certificates import self_signed

TOKEN = "a token that Kubernetes renews"


class ApiServer(HTTPServer):
    """Kubernetes' API, as far as pods of one namespace are changed. It counts what it is asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Asked)
        self.pods: dict[str, dict[str, Any]] = {}
        self.token = TOKEN
        self.asked: list[str] = []

    def costs(self) -> dict[str, str]:
        return {name: pod["metadata"]["annotations"].get(ANNOTATION, "") for name, pod in self.pods.items()}


class _Asked(BaseHTTPRequestHandler):
    server: ApiServer

    def do_PATCH(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        *path, name = self.path.split("/")
        self.server.asked.append(name)
        if self.headers["authorization"] != f"Bearer {self.server.token}":
            self._answer(403, {"kind": "Status", "reason": "Forbidden", "message": "pods is forbidden"})
        elif self.headers["content-type"] != "application/merge-patch+json":
            self._answer(415, {"kind": "Status", "reason": "UnsupportedMediaType"})
        elif path != ["", "api", "v1", "namespaces", "genisys", "pods"] or name not in self.server.pods:
            self._answer(404, {"kind": "Status", "reason": "NotFound"})
        else:
            self._answer(200, _merged(self.server.pods[name], json.loads(body)))

    def _answer(self, status: int, said: Any) -> None:
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(said).encode())

    def log_message(self, *_: Any) -> None: ...


def _merged(held: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    """Change `held` as RFC 7396 has it, but for removals."""
    for key, value in patch.items():
        if isinstance(value, dict):
            _merged(held.setdefault(key, {}), value)
        else:
            held[key] = value
    return held


@pytest.fixture
def account(tmp_path: Path) -> Path:
    """A pod's folder with who it is to Kubernetes."""
    self_signed(tmp_path).rename(tmp_path / "ca.crt")
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    (tmp_path / "namespace").write_text("genisys")
    return tmp_path


@pytest.fixture
def kubernetes(account: Path) -> Iterator[ApiServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(account / "ca.crt")
    with ApiServer() as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.pods = {name: {"metadata": {"annotations": {"kept": "yes"}}} for name in ("genisys-worker-a", "b")}
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def costs(kubernetes: ApiServer, account: Path) -> PodCosts:
    return PodCosts(f"https://127.0.0.1:{kubernetes.server_port}", account)


def worker(host: str, *runs: str, draining: bool = False) -> WorkerInfo:
    now_ms = time.time_ns() // 1_000_000
    return WorkerInfo(f"{host}:{runs}", host, 1, "v1", 4, now_ms, now_ms, runs, draining)


async def test_a_pod_costs_as_much_as_its_workers_hold(kubernetes: ApiServer, costs: PodCosts) -> None:
    await costs.tell([worker("genisys-worker-a", "r1", "r2"), worker("b"), worker("genisys-worker-a", "r3")])
    assert kubernetes.costs() == {"genisys-worker-a": "3", "b": "0"}
    assert kubernetes.pods["b"]["metadata"]["annotations"]["kept"] == "yes"


async def test_only_what_changes_is_told(kubernetes: ApiServer, costs: PodCosts) -> None:
    for held in (("r1",), ("r2",), ("r2", "r3")):
        await costs.tell([worker("genisys-worker-a", *held), worker("b"), worker("elsewhere")])
    assert kubernetes.asked == ["genisys-worker-a", "b", "elsewhere", "genisys-worker-a"]
    assert kubernetes.costs() == {"genisys-worker-a": "2", "b": "0"}


async def test_what_is_not_taken_is_said_and_told_again(kubernetes: ApiServer, costs: PodCosts, account: Path) -> None:
    kubernetes.token = "another one"
    with capture_logs() as logs:
        await costs.tell([worker("b", "r1")])
    assert kubernetes.costs()["b"] == ""
    (said,) = logs
    assert (said["event"], said["pods"]) == ("pods.not_told", 1)
    assert "pods is forbidden" in said["said"]
    assert TOKEN not in str(logs)
    (account / "token").write_text(kubernetes.token)
    await costs.tell([worker("b", "r1")])
    assert kubernetes.costs()["b"] == "1"


async def test_a_server_that_is_not_trusted_or_not_there_is_said(
    costs: PodCosts, account: Path, tmp_path_factory: pytest.TempPathFactory, free_port: int
) -> None:
    with capture_logs() as logs:
        await PodCosts(f"https://127.0.0.1:{free_port}", account).tell([worker("b")])
        self_signed(tmp_path_factory.mktemp("other")).rename(account / "ca.crt")
        await costs.tell([worker("b")])
        (account / "token").unlink()
        await costs.tell([worker("b")])
    refused, untrusted, tokenless = (each["said"] for each in logs)
    assert "ConnectError" in refused
    assert "CERTIFICATE_VERIFY_FAILED" in untrusted
    assert "FileNotFoundError" in tokenless


def test_those_that_leave_go_first_and_what_can_be_no_pod_is_passed_over() -> None:
    workers = [worker("a", "r1", draining=True), worker("b", draining=True), worker("b", "r2"), worker("c")]
    odd = [worker(name) for name in ("", "..", "a/b", "ä", "-a", "a" * 254)]
    assert costs_of([*workers, *odd]) == {"a": LEAVES, "b": 1, "c": 0}


async def test_control_tells_of_the_workers_that_redis_knows(
    kubernetes: ApiServer, costs: PodCosts, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pods, "_costs", lambda: costs)
    beat(redis_url, worker("genisys-worker-a", "r1"))
    try:
        await pods.tick()
    finally:
        await close_engine()
    assert kubernetes.costs()["genisys-worker-a"] == "1"
