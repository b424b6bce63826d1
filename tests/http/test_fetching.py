"""What an answer may be: bounded in size, in time and in turns, and told in sentences when it is not."""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
import zlib
from pathlib import Path
from typing import Any

import pytest

from genisys.net import FetchBlocked, Fetcher, FetchFailed, FetchTimeout, FetchTooLarge, FetchUnresolved
from tests.certificates import self_signed


def fetcher(**options: Any) -> Fetcher:
    return Fetcher(user_agent="test/1", allowed_private_hosts=frozenset({"127.0.0.1"}), **options)


async def test_an_answer_carries_what_was_asked_and_said(server: Any, answer: Any) -> None:
    server.answers(answer(b"<p>hi</p>", "404 Not Found", Content_Type="Text/HTML; charset=utf-8"))
    async with fetcher() as client:
        fetched = await client.get(f"{server.url}/page?a=1#part")
    assert (fetched.status, fetched.body, fetched.content_type) == (404, b"<p>hi</p>", "text/html")
    assert fetched.url == f"{server.url}/page?a=1"
    assert fetched.headers["content-type"] == "Text/HTML; charset=utf-8"
    assert "user-agent: test/1" in server.heads[0].lower()


async def test_redirects_are_followed_and_named(server: Any, answer: Any) -> None:
    server.answers(answer(b"", "301 Moved", Location="/b"), answer(b"", "307 Moved", Location="c?d"), answer(b"end"))
    async with fetcher() as client:
        fetched = await client.get(f"{server.url}/a")
    assert fetched.url == f"{server.url}/c?d"
    assert fetched.redirects == [f"{server.url}/a", f"{server.url}/b"]


async def test_redirects_in_a_circle_end(server: Any, answer: Any) -> None:
    server.answers(answer(b"", "302 Found", Location="/again"))
    async with fetcher() as client:
        with pytest.raises(FetchFailed, match="more than 5 times") as met:
            await client.get(server.url)
    assert met.value.permanent
    assert server.connections == 6


async def test_an_answer_that_announces_too_much_is_not_read(server: Any, answer: Any) -> None:
    server.answers(answer(b"x", length=300_000_000))
    async with fetcher() as client:
        with pytest.raises(FetchTooLarge, match="is 300 MB, larger than the 10 MB"):
            await client.get(server.url)


@pytest.mark.parametrize("truncate", [False, True])
async def test_an_endless_answer_is_cut_at_the_limit(server: Any, truncate: bool) -> None:
    async def play(head: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()

    server.play = play
    async with fetcher(max_bytes=500_000) as client:
        if truncate:
            fetched = await client.get(server.url, truncate=True)
            assert (len(fetched.body), fetched.truncated) == (500_000, True)
        else:
            with pytest.raises(FetchTooLarge, match=r"larger than the 0\.5 MB"):
                await client.get(server.url)


async def test_a_small_answer_that_unpacks_to_much_is_met_by_the_limit(server: Any, answer: Any) -> None:
    bomb = gzip.compress(b"\0" * 50_000_000, mtime=0)
    assert len(bomb) < 100_000
    server.answers(answer(bomb, Content_Encoding="gzip"))
    async with fetcher(max_bytes=1_000_000) as client:
        with pytest.raises(FetchTooLarge):
            await client.get(server.url)


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(b"hello" * 100, mtime=0)),
        ("deflate", zlib.compress(b"hello" * 100)),
        ("deflate", zlib.compress(b"hello" * 100)[2:-4]),
        ("identity", b"hello" * 100),
    ],
)
async def test_compressed_answers_are_unpacked(server: Any, answer: Any, encoding: str, packed: bytes) -> None:
    server.answers(answer(packed, Content_Encoding=encoding))
    async with fetcher() as client:
        assert (await client.get(server.url)).body == b"hello" * 100


async def test_a_compression_that_was_not_asked_for_is_refused(server: Any, answer: Any) -> None:
    server.answers(answer(b"????", Content_Encoding="br"))
    async with fetcher() as client:
        with pytest.raises(FetchFailed, match="not asked for"):
            await client.get(server.url)
    assert "accept-encoding: gzip, deflate\r\n" in server.heads[0].lower()


async def test_broken_compression_is_told(server: Any, answer: Any) -> None:
    server.answers(answer(b"this is no gzip at all", Content_Encoding="gzip"))
    async with fetcher() as client:
        with pytest.raises(FetchFailed, match="cannot be decompressed"):
            await client.get(server.url)


async def test_a_trickle_ends_at_the_deadline(server: Any) -> None:
    async def play(head: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while True:
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.02)  # never silent for as long as `timeout`

    server.play = play
    async with fetcher(total=0.3, timeout=5) as client:
        with pytest.raises(FetchTimeout, match=r"did not end within 0\.3 seconds") as met:
            await client.get(server.url)
    assert not met.value.permanent


async def test_silence_is_a_timeout(server: Any) -> None:
    async def play(head: str, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(5)  # far longer than the client waits

    server.play = play
    async with fetcher(timeout=0.2) as client:
        with pytest.raises(FetchTimeout, match="did not answer in time"):
            await client.get(server.url)


@pytest.mark.parametrize("said", [b"", b"garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort"])
async def test_an_answer_that_is_not_whole_is_told(server: Any, said: bytes) -> None:
    server.answers(said)
    async with fetcher() as client:
        with pytest.raises(FetchFailed, match="broke off") as met:
            await client.get(server.url)
    assert not met.value.permanent


async def test_nobody_listening_is_told(free_port: int) -> None:
    async with fetcher() as client:
        with pytest.raises(FetchFailed, match="does not accept connections"):
            await client.get(f"http://127.0.0.1:{free_port}/")


async def test_a_server_that_cannot_prove_who_it_is_is_not_believed(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path))

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    tls = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    async with tls, fetcher() as client:
        with pytest.raises(FetchFailed, match="could not prove who it is"):
            await client.get(f"https://127.0.0.1:{tls.sockets[0].getsockname()[1]}/")


async def test_a_body_of_another_type_is_left_unread(server: Any, answer: Any) -> None:
    server.answers(answer(b"x", length=300_000_000, Content_Type="application/zip"))
    async with fetcher() as client:
        fetched = await client.get(server.url, accept=("text/html",))
    assert (fetched.status, fetched.content_type, fetched.body) == (200, "application/zip", b"")


async def test_many_requests_at_once_share_a_client(server: Any) -> None:
    async with fetcher() as client:
        fetched = await asyncio.gather(*(client.get(f"{server.url}/{number}") for number in range(20)))
    assert [one.body for one in fetched] == [b"fine"] * 20


async def test_an_address_too_long_is_refused(server: Any) -> None:
    async with fetcher() as client:
        with pytest.raises(FetchBlocked, match="longer than"):
            await client.get(f"{server.url}/{'a' * 5000}")


async def test_a_cancelled_read_leaves_no_connection_behind(server: Any) -> None:
    reached, closed = asyncio.Event(), asyncio.Event()

    async def play(head: str, writer: asyncio.StreamWriter) -> None:
        reached.set()
        try:
            while True:
                writer.write(b"HTTP/1.1 200 OK\r\n\r\n" if not closed.is_set() else b"")
                await writer.drain()
                await asyncio.sleep(0.01)
        finally:
            closed.set()

    server.play = play
    async with fetcher() as client:
        reading = asyncio.create_task(client.get(server.url))
        await reached.wait()
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        await asyncio.wait_for(closed.wait(), 5)


@pytest.mark.parametrize("way", ["post", "put"])
async def test_a_body_is_sent_once_with_its_headers(server: Any, answer: Any, way: str) -> None:
    server.answers(answer(b"thanks", "201 Created"))
    async with fetcher() as client:
        send = client.post if way == "post" else client.put
        fetched = await send(f"{server.url}/hook", b'{"a":1}', headers={"content-type": "application/json"})
    assert (fetched.status, fetched.body, fetched.redirects) == (201, b"thanks", [])
    head = server.heads[0].lower()
    assert head.startswith(f"{way} /hook http/1.1")
    assert "content-length: 7" in head and "content-type: application/json" in head


async def test_what_is_sent_follows_no_redirect(server: Any, answer: Any) -> None:
    server.answers(answer(b"", "307 Moved", Location="/b"))
    async with fetcher() as client:
        fetched = await client.post(f"{server.url}/a", b"x")
        assert (fetched.status, server.connections) == (307, 1)
        fetched = await client.put(f"{server.url}/a", b"x")
    assert (fetched.status, server.connections) == (307, 2)


async def test_a_long_answer_to_what_was_sent_is_cut(server: Any, answer: Any) -> None:
    server.answers(answer(b"x" * 5000))
    async with fetcher() as client:
        fetched = await client.post(server.url, b"x", max_bytes=1000)
    assert (len(fetched.body), fetched.truncated) == (1000, True)


async def test_nothing_is_sent_to_a_private_address(server: Any) -> None:
    async with Fetcher(user_agent="test/1") as client:
        for url in (server.url, "http://localhost/", "http://ann:secret@example.com/", "file:///etc/passwd"):
            with pytest.raises(FetchBlocked):
                await client.post(url, b"x")
            with pytest.raises(FetchBlocked):
                await client.put(url, b"x")
    assert server.connections == 0


@pytest.mark.parametrize(
    ("errno", "kind", "permanent"),
    [
        (socket.EAI_NONAME, FetchUnresolved, True),
        (socket.EAI_FAIL, FetchUnresolved, True),
        (socket.EAI_AGAIN, FetchFailed, False),
    ],
)
async def test_a_name_that_does_not_exist_is_told_from_one_that_cannot_be_looked_up_now(
    errno: int, kind: type[FetchFailed], permanent: bool
) -> None:
    async def resolve(host: str, port: int) -> list[str]:
        raise socket.gaierror(errno, "no")

    async with Fetcher(user_agent="test/1", resolve=resolve) as client:
        with pytest.raises(FetchFailed) as met:
            await client.get("http://nowhere.example/")
    assert type(met.value) is kind
    assert met.value.permanent is permanent
