"""No address that a stranger gives leads into a private network, by whatever way it is written or reached."""

from __future__ import annotations

from typing import Any

import pytest

from genisys import FetchBlocked, Fetcher, FetchError, FetchFailed

LITERALS = [
    "http://127.0.0.1/",
    "http://127.1/",
    "http://127.255.255.254/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.1/",
    "http://0177.0.0.1/",
    "http://0.0.0.0/",
    "http://0/",
    "http://localhost/",
    "http://LOCALHOST/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://172.31.255.255/",
    "http://192.168.1.1/",
    "http://100.64.0.1/",
    "http://100.100.100.200/latest/meta-data/",
    "http://169.254.169.254/latest/meta-data/",
    "http://168.63.129.16/",
    "http://192.0.2.1/",
    "http://198.18.0.1/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://[::]/",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:169.254.169.254]/",
    "http://[::127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[64:ff9b:1::a00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/",
    "http://[fe80::1]/",
    "http://[fec0::1]/",
    "http://[fc00::1]/",
    "http://[fd00:ec2::254]/",
    "http://[ff02::1]/",
    "http://[5f00::1]/",
    "http://[2001:db8::1]/",
    "http://[3fff::1]/",
    "http://①②⑦.⓪.⓪.①/",
    "http://user:secret@example.com/",
    "http://example.com:22/",
    "http://example.com:6379/",
    "http://example.com:8000/",
    "ftp://example.com/",
    "file:///etc/passwd",
    "gopher://example.com/",
    "data:text/html,hello",
    "//example.com/",
    "example.com",
    "",
    "http://",
    "http:///path",
    "http://exa mple.com/",
    "http://example.com:99999/",
]


class Dialled(Exception):
    """A connection was about to be made."""


@pytest.fixture
def no_dialling(monkeypatch: pytest.MonkeyPatch) -> None:
    async def dial(*args: Any, **options: Any) -> Any:
        raise Dialled(args)

    monkeypatch.setattr("httpcore.AnyIOBackend.connect_tcp", dial)


def resolving(*answers: list[str]) -> Any:
    left = list(answers)
    asked: list[str] = []

    async def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return left.pop(0) if len(left) > 1 else left[0]

    resolve.asked = asked  # type: ignore[attr-defined]
    return resolve


@pytest.mark.usefixtures("no_dialling")
@pytest.mark.parametrize("url", LITERALS)
async def test_an_address_that_is_not_public_is_never_dialled(url: str) -> None:
    async with Fetcher(user_agent="test") as fetcher:
        with pytest.raises(FetchError) as met:
            await fetcher.get(url)
    assert isinstance(met.value, FetchBlocked | FetchFailed)
    assert met.value.permanent
    assert met.value.message.endswith(".")


@pytest.mark.usefixtures("no_dialling")
async def test_a_public_address_is_dialled() -> None:
    async with Fetcher(user_agent="test", resolve=resolving(["93.184.215.14"])) as fetcher:
        with pytest.raises(Dialled):
            await fetcher.get("http://example.com/")


@pytest.mark.usefixtures("no_dialling")
@pytest.mark.parametrize(
    "addresses",
    [["10.0.0.1"], ["93.184.215.14", "127.0.0.1"], ["2606:4700::1", "::1"], ["fe80::1%eth0"], ["::ffff:10.0.0.1"]],
)
async def test_one_private_answer_of_a_name_blocks_it(addresses: list[str]) -> None:
    async with Fetcher(user_agent="test", resolve=resolving(addresses)) as fetcher:
        with pytest.raises(FetchBlocked):
            await fetcher.get("http://rebound.example/")


async def test_a_name_is_looked_up_once_so_it_cannot_point_elsewhere_afterwards(server: Any) -> None:
    resolve = resolving(["127.0.0.1"], ["10.0.0.1"])
    allowed = frozenset({"site.example"})
    async with Fetcher(user_agent="test", resolve=resolve, allowed_private_hosts=allowed) as fetcher:
        fetched = await fetcher.get(f"http://site.example:{server.port}/")
    assert fetched.body == b"fine"
    assert resolve.asked == ["site.example"]
    assert f"host: site.example:{server.port}" in server.heads[0].lower()


async def test_only_the_host_that_is_named_is_allowed_and_no_other_name_for_it(server: Any) -> None:
    async with Fetcher(user_agent="test", allowed_private_hosts=frozenset({"127.0.0.1"})) as fetcher:
        assert (await fetcher.get(server.url)).body == b"fine"
        for other in ("localhost", "127.1", "127.0.0.2", "[::ffff:127.0.0.1]"):
            with pytest.raises(FetchBlocked):
                await fetcher.get(f"http://{other}:{server.port}/")
    assert server.connections == 1


@pytest.mark.parametrize(
    "target",
    ["http://localhost:{port}/", "http://10.0.0.1/", "http://[::1]/", "file:///etc/passwd", "//169.254.169.254/x"],
)
async def test_a_redirect_meets_the_same_checks(server: Any, answer: Any, target: str) -> None:
    server.answers(answer(b"", "302 Found", Location=target.format(port=server.port)))
    async with Fetcher(user_agent="test", allowed_private_hosts=frozenset({"127.0.0.1"})) as fetcher:
        with pytest.raises(FetchBlocked):
            await fetcher.get(server.url)
    assert server.connections == 1


async def test_no_proxy_of_this_machine_is_used(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, server.url)
    async with Fetcher(user_agent="test") as fetcher:
        with pytest.raises(FetchError):
            await fetcher.get("http://no-such-host.invalid/")
    assert server.connections == 0


async def test_what_the_caller_sends_along_does_not_follow_to_another_host(server: Any, answer: Any) -> None:
    server.answers(answer(b"", "302 Found", Location=f"http://other.example:{server.port}/"), answer(b"there"))
    allowed = frozenset({"first.example", "other.example"})
    resolve = resolving(["127.0.0.1"])
    async with Fetcher(user_agent="test", resolve=resolve, allowed_private_hosts=allowed) as fetcher:
        url = f"http://first.example:{server.port}/"
        assert (await fetcher.get(url, headers={"authorization": "secret"})).body == b"there"
    assert "secret" in server.heads[0]
    assert "secret" not in server.heads[1]


async def test_cookies_are_not_kept(server: Any, answer: Any) -> None:
    server.answers(answer(b"", Set_Cookie="id=1"), answer(b""))
    async with Fetcher(user_agent="test", allowed_private_hosts=frozenset({"127.0.0.1"})) as fetcher:
        await fetcher.get(server.url)
        await fetcher.get(server.url)
    assert "cookie" not in server.heads[1].lower()
