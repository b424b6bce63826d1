"""The one syntax for where Redis is: one server, servers that Sentinels watch, or a cluster.

    redis://[user:password@]host[:port][/db]          one server; rediss:// with TLS, unix:///path for a socket
    redis+sentinel://[user:password@]host[:port],host2[:port]/service[/db]
    redis+cluster://[user:password@]host[:port],host2[:port]

`rediss+sentinel` and `rediss+cluster` speak TLS to all. The user and password are those of the servers that hold data;
`sentinel_username` and `sentinel_password` in the query are those of the Sentinels. Several hosts of a cluster are
places to begin at: the cluster says which others there are. Two options are ours, all others redis-py's own
(`ssl_ca_certs=/path`): `wait_replicas`, how many replicas must have what matters before it counts as written, and
`wait_ms`, how long that may take.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit

Kind = Literal["one", "sentinel", "cluster"]
_KINDS: dict[str, Kind] = {
    "redis": "one",
    "rediss": "one",
    "unix": "one",
    "redis+sentinel": "sentinel",
    "rediss+sentinel": "sentinel",
    "redis+cluster": "cluster",
    "rediss+cluster": "cluster",
}
_PORTS: dict[Kind, int] = {"one": 6379, "sentinel": 26379, "cluster": 6379}
_OWN_OPTIONS = ("wait_replicas", "wait_ms")
_SENTINEL_OPTIONS = ("sentinel_username", "sentinel_password")
WAIT_MS = 1000
LONGEST_WAIT_MS = 2000
"""Below the time after which a connection that is silent is given up."""


@dataclass(frozen=True, slots=True)
class RedisAddress:
    """An address, taken apart. `query` holds what is redis-py's."""

    kind: Kind
    scheme: str
    hosts: tuple[tuple[str, int], ...]
    path: str
    service: str
    userinfo: str
    query: tuple[tuple[str, str], ...]
    sentinel_username: str = ""
    sentinel_password: str = ""
    wait_replicas: int = 0
    wait_ms: int = WAIT_MS

    def __repr__(self) -> str:
        return f"RedisAddress({self.named()!r})"

    @property
    def password(self) -> str:
        return unquote(self.userinfo.partition(":")[2])

    @property
    def secrets(self) -> tuple[str, ...]:
        return tuple(secret for secret in (self.password, self.sentinel_password) if secret)

    @property
    def one_server(self) -> str:
        """Return the address of one server, as redis-py takes it: the only one, or what all of them have in common."""
        if self.scheme == "unix":
            return f"unix://{self._at()}{self.path}{self._query(self.query)}"
        scheme = self.scheme.partition("+")[0]
        return f"{scheme}://{self._at()}{_joined(self.hosts[:1])}{self.path}{self._query(self.query)}"

    def with_host(self, host: str, port: int) -> str:
        """Return the cluster's address with one of its servers to begin at, as docket takes it."""
        return f"{self.scheme}://{self._at()}{_joined([(host, port)])}{self._query(self.query)}"

    @property
    def without_own_options(self) -> str:
        """Return the address as others take it who know nothing of our options."""
        if self.kind != "sentinel":
            return self.one_server if self.kind == "one" else self.with_host(*self.hosts[0])
        auth = [(name, getattr(self, name)) for name in _SENTINEL_OPTIONS if getattr(self, name)]
        hosts = _joined(self.hosts)
        return f"{self.scheme}://{self._at()}{hosts}/{self.service}{self.path}{self._query((*self.query, *auth))}"

    def named(self) -> str:
        """Return the address without its secrets, for people."""
        where = self.path if self.scheme == "unix" else _joined(self.hosts)
        return f"{self.scheme}://{where}{f'/{self.service}' if self.service else ''}"

    def _at(self) -> str:
        return f"{self.userinfo}@" if self.userinfo else ""

    def _query(self, options: tuple[tuple[str, str], ...]) -> str:
        return f"?{urlencode(options)}" if options else ""


@lru_cache(maxsize=32)
def parse_address(url: str) -> RedisAddress:
    """Take an address apart. Raises ValueError with a sentence that says what is wrong, and holds no secret."""
    scheme, found, rest = url.partition("://")
    if not found or scheme not in _KINDS:
        raise ValueError(
            "must start with redis://, rediss:// or unix://, or with redis+sentinel:// or redis+cluster:// "
            "(rediss+ for TLS)"
        )
    address = _taken_apart(scheme, rest)
    if address.kind == "one" and len(address.hosts) > 1:
        raise ValueError("names several hosts: redis+sentinel:// or redis+cluster:// says what they are")
    if address.kind != "sentinel" and (address.sentinel_username or address.sentinel_password):
        raise ValueError("sentinel_username and sentinel_password belong to redis+sentinel:// addresses")
    return address


def _taken_apart(scheme: str, rest: str) -> RedisAddress:
    kind = _KINDS[scheme]
    # Apart from the hosts: urlsplit takes several of them for one, and refuses IPv6 among them.
    place, _, tail = _cut(rest)
    userinfo, _, hosts = place.rpartition("@")
    split = urlsplit(f"//host{tail}")
    options = dict(parse_qsl(split.query, keep_blank_values=True))
    return RedisAddress(
        kind=kind,
        scheme=scheme,
        hosts=() if scheme == "unix" else tuple(_host(each, kind) for each in (hosts or "localhost").split(",")),
        path=_database(split, kind, scheme),
        service=_service(split, kind),
        userinfo=userinfo,
        query=tuple(
            (name, value) for name, value in options.items() if name not in (*_OWN_OPTIONS, *_SENTINEL_OPTIONS)
        ),
        sentinel_username=options.get("sentinel_username", ""),
        sentinel_password=options.get("sentinel_password", ""),
        wait_replicas=_number(options, "wait_replicas", 0, 0, 100),
        wait_ms=_number(options, "wait_ms", WAIT_MS, 1, LONGEST_WAIT_MS),
    )


def _cut(rest: str) -> tuple[str, str, str]:
    """Return what stands before the path, nothing, and the path with all that follows."""
    end = min((at for at in (rest.find(sign) for sign in "/?#") if at >= 0), default=len(rest))
    return rest[:end], "", rest[end:]


def _host(text: str, kind: Kind) -> tuple[str, int]:
    try:
        split = urlsplit(f"//{text.strip()}")
        host, port = split.hostname, split.port
    except ValueError:
        raise ValueError(f"{text.strip()!r} is no host and port, such as redis-1:{_PORTS[kind]}") from None
    if not host:
        raise ValueError("names a host that is empty: between two commas, or before a port, something is missing")
    return host, port or _PORTS[kind]


def _database(split: SplitResult, kind: Kind, scheme: str) -> str:
    """Return the path of the database's number as redis-py takes it; of a socket, that of its file."""
    if scheme == "unix":
        return split.path
    parts = [part for part in split.path.split("/") if part]
    database = parts[1:] if kind == "sentinel" else parts
    if len(database) > 1 or any(not part.isdecimal() for part in database):
        raise ValueError(f"ends in {'/'.join(database)!r}: the number of a database is expected there")
    if kind == "cluster" and database not in ([], ["0"]):
        raise ValueError("names a database: a cluster has only one, so the address ends with its hosts")
    return f"/{database[0]}" if database and kind != "cluster" else ""


def _service(split: SplitResult, kind: Kind) -> str:
    parts = [part for part in split.path.split("/") if part]
    if kind != "sentinel":
        return ""
    if not parts:
        raise ValueError("names no service: redis+sentinel://host:26379/mymaster, as the Sentinels know the master")
    return unquote(parts[0])


def _number(options: dict[str, str], name: str, default: int, least: int, most: int) -> int:
    text = options.get(name, "") or str(default)
    if not text.isdecimal() or not least <= int(text) <= most:
        raise ValueError(f"{name} must be a whole number from {least} to {most}")
    return int(text)


def _joined(hosts: tuple[tuple[str, int], ...] | list[tuple[str, int]]) -> str:
    return ",".join(f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in hosts)
