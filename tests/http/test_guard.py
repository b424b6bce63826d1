"""No address that a stranger gives leads into a private network, by whatever way it is written or reached."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from genisys import UserError
from genisys.net import FetchBlocked, Fetcher, FetchError, FetchFailed
from ingestion.forms import IngestForm
from ingestion.web.addresses import addresses_to_try
from ingestion.web.reader import ask

LITERALS = {
    # One address, many spellings
    "loopback": "http://127.0.0.1/",
    "loopback, short": "http://127.1/",
    "loopback, three parts": "http://127.0.1/",
    "loopback, last": "http://127.255.255.254/",
    "decimal": "http://2130706433/",
    "decimal, metadata": "http://2852039166/",
    "decimal, too large": "http://4294967297/",
    "hexadecimal": "http://0x7f000001/",
    "hexadecimal, capitals": "http://0X7F000001/",
    "hexadecimal, short": "http://0x7f.1/",
    "hexadecimal parts": "http://0x7f.0x0.0x0.0x1/",
    "octal": "http://0177.0.0.1/",
    "octal, whole": "http://017700000001/",
    "octal, long": "http://0000177.0.0.01/",
    "octal, private": "http://012.0.0.1/",
    "mixed": "http://0x7f.0.0.01/",
    "overflow": "http://127.0.0.257/",
    "zero": "http://0.0.0.0/",
    "zero, short": "http://0/",
    "circled digits": "http://①②⑦.⓪.⓪.①/",
    "full-width digits": "http://１２７.０.０.１/",
    "ideographic stops": "http://127。0。0。1/",
    "half-width stops": "http://127｡0｡0｡1/",
    "mathematical digits": "http://𝟏𝟐𝟕.𝟎.𝟎.𝟏/",
    "trailing dot": "http://127.0.0.1./",
    "percent-encoded": "http://%31%32%37.0.0.1/",
    "percent-encoded dots": "http://127%2e0%2e0%2e1/",
    # Names of this machine
    "localhost": "http://localhost/",
    "localhost in capitals": "http://LOCALHOST/",
    "localhost with a dot": "http://localhost./",
    "localhost below itself": "http://a.localhost/",
    "localhost in full width": "http://ｌｏｃａｌｈｏｓｔ/",
    "localhost in circles": "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/",
    "localhost percent-encoded": "http://%6c%6f%63%61%6c%68%6f%73%74/",
    "localhost with a long s": "http://localhoſt/",
    "localhost's domain": "http://localhost.localdomain/",
    "localhost with a soft hyphen": "http://local\u00adhost/",
    # Ranges
    "private, ten": "http://10.0.0.1/",
    "private, 172 low": "http://172.16.0.1/",
    "private, 172 high": "http://172.31.255.255/",
    "private, 192": "http://192.168.1.1/",
    "carrier's": "http://100.64.0.1/",
    "documentation": "http://192.0.2.1/",
    "benchmarks": "http://198.18.0.1/",
    "multicast": "http://224.0.0.1/",
    "reserved": "http://240.0.0.1/",
    "broadcast": "http://255.255.255.255/",
    # Metadata services
    "metadata": "http://169.254.169.254/latest/meta-data/",
    "metadata of containers": "http://169.254.170.2/v2/credentials",
    "metadata, Alibaba": "http://100.100.100.200/latest/meta-data/",
    "metadata, Oracle": "http://192.0.0.192/opc/v2/instance/",
    "metadata, Azure's host": "http://168.63.129.16/",
    "metadata, IPv6": "http://[fd00:ec2::254]/",
    "metadata, hexadecimal": "http://0xa9fea9fe/",
    "metadata, octal": "http://0251.0376.0251.0376/",
    "metadata by name": "http://metadata.google.internal./computeMetadata/v1/",
    # IPv6, and IPv4 inside it
    "IPv6 unspecified": "http://[::]/",
    "IPv6 loopback": "http://[::1]/",
    "IPv6 loopback, long": "http://[0000:0000:0000:0000:0000:0000:0000:0001]/",
    "IPv6 loopback, zone": "http://[::1%25lo]/",
    "mapped loopback": "http://[::ffff:127.0.0.1]/",
    "mapped loopback, hexadecimal": "http://[::ffff:7f00:1]/",
    "mapped metadata": "http://[::ffff:169.254.169.254]/",
    "mapped, long": "http://[0:0:0:0:0:ffff:10.0.0.1]/",
    "compatible": "http://[::127.0.0.1]/",
    "translated": "http://[::ffff:0:127.0.0.1]/",
    "NAT64": "http://[64:ff9b::7f00:1]/",
    "NAT64, dotted": "http://[64:ff9b::127.0.0.1]/",
    "NAT64, local": "http://[64:ff9b:1::a00:1]/",
    "6to4": "http://[2002:7f00:1::]/",
    "6to4, metadata": "http://[2002:a9fe:a9fe::1]/",
    "Teredo": "http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/",
    "ORCHID": "http://[2001:20::1]/",
    "link-local": "http://[fe80::1]/",
    "link-local, zone": "http://[fe80::1%25eth0]/",
    "link-local, bare zone": "http://[fe80::1%eth0]/",
    "site-local": "http://[fec0::1]/",
    "unique local": "http://[fc00::1]/",
    "multicast, IPv6": "http://[ff02::1]/",
    "discard": "http://[100::1]/",
    "segment routing": "http://[5f00::1]/",
    "documentation, IPv6": "http://[2001:db8::1]/",
    "documentation, new": "http://[3fff::1]/",
    # Somebody else's name in front
    "user and password": "http://user:secret@example.com/",
    "user alone": "http://user@example.com/",
    "empty user": "http://:@example.com/",
    "public name as user": "http://example.com@127.0.0.1/",
    "public name and port as user": "http://example.com:80@127.0.0.1/",
    "backslash before the @": "http://example.com\\@127.0.0.1/",
    "backslashes for slashes": "http:\\\\127.0.0.1\\",
    "fragment before the @": "http://127.0.0.1#@example.com/",
    "question before the @": "http://127.0.0.1?@example.com/",
    "slash in the user": "http://127.0.0.1%2f@example.com/",
    # Ports and schemes
    "ssh": "http://example.com:22/",
    "smtp": "http://example.com:25/",
    "Redis": "http://example.com:6379/",
    "another port": "http://example.com:8000/",
    "port zero": "http://example.com:0/",
    "port too large": "http://example.com:99999/",
    "negative port": "http://example.com:-80/",
    "ftp": "ftp://example.com/",
    "file": "file:///etc/passwd",
    "file with a host": "file://localhost/etc/passwd",
    "gopher": "gopher://example.com/",
    "dict": "dict://example.com:11211/",
    "data": "data:text/html,hello",
    "javascript": "javascript:alert(1)",
    "socket": "ws://example.com/",
    "socket of a file": "http+unix://%2fvar%2frun%2fdocker.sock/",
    "jar": "jar:http://example.com/!/",
    "view-source": "view-source:http://127.0.0.1/",
    # No addresses
    "no scheme": "//example.com/",
    "a bare name": "example.com",
    "nothing": "",
    "only a scheme": "http://",
    "no host": "http:///path",
    "three slashes": "http:///127.0.0.1/",
    "one slash": "http:/127.0.0.1/",
    "a space in the host": "http://exa mple.com/",
    "a tab in the host": "http://127.0\t.0.1/",
    "a newline in the host": "http://127.0.0.1\n.example.com/",
    "a second request": "http://127.0.0.1/ HTTP/1.1\r\nHost: x\r\n\r\nGET /",
    "a NUL in the host": "http://127.0.0.1\0.example.com/",
    "open brackets": "http://[::1/",
    "brackets around a name": "http://[localhost]/",
    "Punycode that does not decode": "http://xn--a/",
    "an empty label": "http://example..com/",
    "only a dot": "http://./",
    "a comma": "http://127.0.0.1,example.com/",
}


class Dialled(Exception):
    """A connection was about to be made."""


@pytest.fixture
def no_dialling(monkeypatch: pytest.MonkeyPatch) -> None:
    async def dial(*args: Any, **options: Any) -> Any:
        raise Dialled(args)

    monkeypatch.setattr("httpcore.AnyIOBackend.connect_tcp", dial)


async def numbers_only(host: str, port: int) -> list[str]:
    """This machine's own look-up, which reads numbers in every spelling, without asking anybody's name server."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except OSError:
        if host.rstrip(".").split(".")[-1] in ("localhost", "localdomain"):
            return ["127.0.0.1"]
        if host.rstrip(".").endswith(".internal"):
            return ["169.254.169.254"]
        raise
    return [str(each[4][0]) for each in found]


def resolving(*answers: list[str]) -> Any:
    left = list(answers)
    asked: list[str] = []

    async def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return left.pop(0) if len(left) > 1 else left[0]

    resolve.asked = asked  # type: ignore[attr-defined]
    return resolve


@pytest.mark.usefixtures("no_dialling")
@pytest.mark.parametrize("way", LITERALS)
async def test_an_address_that_is_not_public_is_never_dialled(way: str) -> None:
    async with Fetcher(user_agent="test", resolve=numbers_only) as fetcher:
        with pytest.raises(FetchError) as met:
            await fetcher.get(LITERALS[way])
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


TARGETS = [
    "http://localhost:{port}/",
    "http://127.1:{port}/",
    "http://10.0.0.1/",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://2130706433:{port}/",
    "http://user:secret@127.0.0.1:{port}/",
    "//user:secret@127.0.0.1:{port}/",
    "//169.254.169.254/x",
    "file:///etc/passwd",
    "ftp://example.com/",
    "data:text/html,hello",
    "http://example.com:22/",
]


@pytest.mark.parametrize("target", TARGETS)
async def test_a_redirect_meets_the_same_checks(server: Any, answer: Any, target: str) -> None:
    server.answers(answer(b"", "302 Found", Location=target.format(port=server.port)))
    async with Fetcher(
        user_agent="test", allowed_private_hosts=frozenset({"127.0.0.1"}), resolve=numbers_only
    ) as fetcher:
        with pytest.raises(FetchError) as met:
            await fetcher.get(server.url)
    assert met.value.permanent
    assert server.connections == 1


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
async def test_every_kind_of_redirect_is_checked_at_every_hop(server: Any, answer: Any, status: str) -> None:
    on = answer(b"", status, Location=f"http://127.0.0.1:{server.port}/on")
    server.answers(on, on, answer(b"", status, Location=f"http://localhost:{server.port}/secret"))
    async with Fetcher(user_agent="test", allowed_private_hosts=frozenset({"127.0.0.1"})) as fetcher:
        with pytest.raises(FetchBlocked):
            await fetcher.get(server.url)
    assert server.connections == 3


async def test_a_name_that_changes_its_answer_is_checked_each_time_it_is_dialled(server: Any, answer: Any) -> None:
    """The first answer is public, as it were; the second, for the redirect back to the same name, is not."""
    server.answers(answer(b"", "302 Found", Location="http://second.example/"))
    resolve = resolving(["127.0.0.1"], ["10.0.0.1"])
    async with Fetcher(
        user_agent="test", resolve=resolve, allowed_private_hosts=frozenset({"first.example"})
    ) as fetcher:
        with pytest.raises(FetchBlocked):
            await fetcher.get(f"http://first.example:{server.port}/")
    assert resolve.asked == ["first.example", "second.example"]
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


# The entrance


@pytest.mark.django_db
@pytest.mark.usefixtures("no_dialling")
@pytest.mark.parametrize("way", LITERALS)
async def test_nothing_passes_by_the_entrance_that_people_use(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The form and the command take text and make addresses of it: whichever they take is blocked behind them."""
    monkeypatch.setattr("genisys.net.fetcher.resolve_name", numbers_only)
    typed = LITERALS[way]
    form = IngestForm({"url": typed})
    try:
        addresses = addresses_to_try(typed)
    except UserError:
        assert not form.is_valid()
        return
    for address in addresses:
        with pytest.raises(FetchError) as met:
            await ask(address)
        assert met.value.permanent
