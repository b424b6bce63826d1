"""The names under which numbers are measured, as metric families of Prometheus. Pure.

Counters count since midnight (UTC), and begin anew then as after a restart, which `rate` and `increase` know how to
take; so a scrape reads a day of the ledger and not all of it. Names and units follow
https://prometheus.io/docs/practices/naming/.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from staff.fleet.look import Look
from staff.machines.numbers import Numbers

MICRO = 1_000_000


class Collected(Collector):
    """Hands numbers that were gathered already to Prometheus' writer."""

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers

    def collect(self) -> Iterator[Metric]:
        """Yield every family."""
        yield from _runs(self._numbers)
        yield from _use(self._numbers)
        yield from _queues(self._numbers)
        yield from _stores(self._numbers.fleet)
        if not self._numbers.fleet.away:
            yield from _workers(self._numbers.fleet)
            yield from _providers(self._numbers)


def _gauge(name: str, says: str, labels: Iterable[str], values: Iterable[tuple[list[str], float]]) -> Metric:
    family = GaugeMetricFamily(f"genisys_{name}", says, labels=list(labels))
    for given, value in values:
        family.add_metric(given, value)
    return family


def _counter(name: str, says: str, labels: Iterable[str], values: Iterable[tuple[list[str], float]]) -> Metric:
    family = CounterMetricFamily(f"genisys_{name}", f"{says} Since midnight (UTC).", labels=list(labels))
    for given, value in values:
        family.add_metric(given, value)
    return family


def _runs(numbers: Numbers) -> Iterator[Metric]:
    both = "workflow", "status"
    ended = [([each.workflow, each.status], each) for each in numbers.ended]
    yield _gauge("runs_open", "Open runs.", both, ((list(key), count) for key, count in numbers.open.items()))
    yield _counter("runs_ended", "Runs that ended.", both, ((key, each.runs) for key, each in ended))
    yield _counter("run_seconds", "Time that ended runs took.", both, ((key, each.seconds) for key, each in ended))
    yield _counter("steps", "Steps of runs that ended.", both, ((key, each.steps) for key, each in ended))
    says = "Known cost of runs that ended, in US dollars."
    yield _counter("cost_usd", says, both, ((key, each.known_microusd / MICRO) for key, each in ended))
    says = "Runs that ended of which a part of the cost is not known."
    yield _counter("runs_cost_unknown", says, both, ((key, each.unknown) for key, each in ended))
    yield _gauge("alerts_open", "Open alerts.", ["rule"], (([rule], count) for rule, count in numbers.alerts.items()))


def _use(numbers: Numbers) -> Iterator[Metric]:
    yield _counter("model_calls", "Calls of models.", ["model"], (([each.model], each.calls) for each in numbers.asked))
    tokens = [
        ([each.model, direction], count)
        for each in numbers.asked
        for direction, count in (("input", each.input_tokens), ("output", each.output_tokens))
    ]
    yield _counter("tokens", "Tokens that models read and wrote.", ["model", "direction"], tokens)


def _queues(numbers: Numbers) -> Iterator[Metric]:
    queues = numbers.fleet.queues.items()
    deployment = ["deployment"]
    yield _gauge(
        "queue_waiting", "Runs that wait to start.", deployment, (([name], each.waiting) for name, each in queues)
    )
    oldest = [([name], (numbers.now - each.oldest).total_seconds() if each.oldest else 0.0) for name, each in queues]
    yield _gauge("queue_oldest_seconds", "For how long the oldest of them has waited.", deployment, oldest)
    yield _gauge(
        "queue_parked",
        "Runs that wait for a person, a time or a provider.",
        deployment,
        (([name], each.parked) for name, each in queues),
    )


def _workers(fleet: Look) -> Iterator[Metric]:
    counted = Counter((worker.deployment, state) for worker, state in fleet.workers)
    values = ((list(key), count) for key, count in counted.items())
    yield _gauge("workers", "Workers by state.", ["deployment", "state"], values)
    places: Counter[str] = Counter()
    taken: Counter[str] = Counter()
    for worker, state in fleet.workers:
        if state != "dead":
            places[worker.deployment] += worker.concurrency
            taken[worker.deployment] += len(worker.runs)
    deployment = ["deployment"]
    yield _gauge("worker_places", "Places for runs.", deployment, (([name], count) for name, count in places.items()))
    yield _gauge("worker_places_taken", "Places taken.", deployment, (([name], taken[name]) for name in places))


def _providers(numbers: Numbers) -> Iterator[Metric]:
    now_ms = numbers.now.timestamp() * 1000
    known = [(provider.name, gate) for provider, gate in numbers.fleet.providers if gate is not None]
    one = ["provider"]
    says = "1 where requests pass, 0 where the circuit breaker is open."
    yield _gauge("provider_up", says, one, (([name], 0.0 if gate.is_open else 1.0) for name, gate in known))
    says = "Failures in a row."
    yield _gauge("provider_failures_in_a_row", says, one, (([name], gate.row) for name, gate in known))
    pauses = [
        ([name, by], max(0.0, (until_ms - now_ms) / 1000))
        for name, gate in known
        for by, until_ms in (("provider", gate.paused_until_ms), ("operator", gate.held_until_ms))
    ]
    yield _gauge("provider_paused_seconds", "For how much longer no request leaves.", ["provider", "by"], pauses)


def _stores(fleet: Look) -> Iterator[Metric]:
    yield _gauge("redis_up", "1 where Redis answers.", [], [([], 0.0 if fleet.away else 1.0)])
    if fleet.redis is not None:
        yield _gauge("redis_memory_bytes", "Memory that Redis uses.", [], [([], fleet.redis.used_bytes)])
        yield _gauge("redis_memory_max_bytes", "Its limit, 0 for none.", [], [([], fleet.redis.max_bytes)])
    if fleet.database is not None:
        yield _gauge("database_bytes", "Size of the database.", [], [([], fleet.database.size_bytes)])
        missing = len(fleet.database.missing)
        yield _gauge("database_migrations_missing", "Migrations not applied.", [], [([], missing)])
