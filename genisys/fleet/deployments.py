"""Deployments: versions of the code that work side by side, which of them new runs go to, and what becomes of the rest.

A run stays on the deployment that it began on. Each deployment has a docket of its own, and a worker takes no run of
another one, so an old worker never meets new work.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..core.clock import now_ms
from ..engine.engine import Engine
from ..errors import DeploymentInUse, UnknownDeployment
from ..store.records import RunMeta, WorkerInfo
from .manifest import Manifest
from .preview import Fate, fate

METAS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Deployment:
    """One deployment as it stands. Times are epoch milliseconds, 0 for not yet.

    `state`: `promoted` (new runs go there), `ready`, `draining` (it takes no new run), `drained` (and its last run has
    ended), `unknown` (runs or workers name it, but it was never registered, or is forgotten).
    """

    name: str
    state: str
    unfinished: int
    workers: int
    registered_ms: int = 0
    seen_ms: int = 0
    promoted_ms: int = 0
    draining_ms: int = 0
    drained_ms: int = 0


class Deployments:
    """What an operator does with deployments. Every action may be repeated.

    Methods raise STORE_ERRORS while Redis is away, and UnknownDeployment for a name that no worker has registered.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._store = engine.store.deployments

    async def workers_to_stop(self, name: str) -> list[WorkerInfo]:
        """Return the deployment's workers in the order in which stopping them disturbs least.

        First those that leave anyway, then those that hold fewer runs; of those the one whose runs were silent
        for longest, since what is in the middle of a step gives signs of it, and then the youngest.
        """
        return sorted((each for each in await self._engine.workers() if each.deployment == name), key=_disturbs)

    async def all(self, unfinished: Mapping[str, int] | None = None) -> list[Deployment]:
        """Return all deployments, the oldest first; those that only runs or workers name come last.

        `unfinished` is how many open runs stand on each, where the caller knows: to count them here, every one is read.
        """
        known, promoted = await self._store.all(), await self._store.promoted()
        if unfinished is None:
            unfinished = Counter(meta.deployment for meta in await self._unfinished())
        workers = Counter(worker.deployment for worker in await self._engine.workers())
        names = [*known, *sorted({*unfinished, *workers, *([promoted] if promoted else [])} - set(known))]
        return [
            Deployment(
                name=name,
                state=_state(known.get(name), name == promoted, unfinished.get(name, 0)),
                unfinished=unfinished.get(name, 0),
                workers=workers[name],
                **known.get(name, {}),
            )
            for name in names
        ]

    async def promote(self, name: str) -> None:
        """Let new runs go to this deployment. The one before it, and all older ones, drain."""
        known = await self._known(name)
        await self._store.promote(name)
        await self._store.set(name, promoted_ms=now_ms(), draining_ms=0, drained_ms=0)
        for other, facts in known.items():
            # One registered later than this and never promoted is the next release: it stays ready.
            older = facts["registered_ms"] < known[name]["registered_ms"]
            if other != name and (older or facts["promoted_ms"]) and not facts["draining_ms"]:
                await self._store.set(other, draining_ms=now_ms())

    async def drain(self, name: str) -> None:
        """Take the deployment out of service: it is drained when its last run ends. Its runs go on meanwhile.

        Raises DeploymentInUse for the promoted one.
        """
        known = await self._known(name)
        if await self._store.promoted() == name:
            raise DeploymentInUse(f"New runs go to {name}: promote another deployment first, then this one drains.")
        if not known[name]["draining_ms"]:
            await self._store.set(name, draining_ms=now_ms(), drained_ms=0)

    async def retire(self, name: str) -> None:
        """Forget a deployment. Raises DeploymentInUse while it is promoted, has unfinished runs, or workers."""
        await self._known(name)
        found = next(each for each in await self.all() if each.name == name)
        if found.state == "promoted":
            raise DeploymentInUse(f"New runs go to {name}: promote another deployment first.")
        if found.unfinished:
            raise DeploymentInUse(f"{found.unfinished} unfinished runs stand on {name}: let them end, or move them.")
        if found.workers:
            raise DeploymentInUse(f"{found.workers} workers of {name} are alive: stop them first.")
        await self._store.forget(name)

    async def preview(self, name: str, most: int | None = None) -> list[Fate]:
        """Return what would become of every unfinished run of the other deployments under the code of this one.

        With `most`, of so many of them, the oldest ones: each is read as a whole.
        """
        await self._known(name)
        new = await self._manifest(name)
        assert new is not None
        old: dict[str, Manifest | None] = {}
        fates = []
        others = [meta for meta in await self._unfinished() if meta.deployment != name]
        for meta in others[:most]:
            if meta.deployment not in old:
                old[meta.deployment] = await self._manifest(meta.deployment)
            fates.append(await self._fate(meta, new, old[meta.deployment]))
        return fates

    async def note_drained(self) -> list[str]:
        """Record which draining deployments have no unfinished run left; return the names of the new ones."""
        draining = {name: facts for name, facts in (await self._store.all()).items() if facts["draining_ms"]}
        if not draining:
            return []
        unfinished = Counter(meta.deployment for meta in await self._unfinished())
        done = [name for name, facts in draining.items() if not facts["drained_ms"] and not unfinished[name]]
        for name in done:
            await self._store.set(name, drained_ms=now_ms())
        for name, facts in draining.items():
            if facts["drained_ms"] and unfinished[name]:  # One of its runs was retried.
                await self._store.set(name, drained_ms=0)
        return done

    async def _fate(self, meta: RunMeta, new: Manifest, old: Manifest | None) -> Fate:
        found = await self._engine.snapshot(meta.run_id)
        state = found[1] if found is not None else {"steps": {}}
        request = await self._engine.input_of(meta.run_id)
        return fate(meta, request, await self._engine.journal(meta.run_id), state, new, old)

    async def _known(self, name: str) -> dict[str, dict[str, int]]:
        known = await self._store.all()
        if name not in known:
            names = ", ".join(known) or "none"
            raise UnknownDeployment(f"No worker has registered a deployment {name!r}. Known: {names}.")
        return known

    async def _manifest(self, name: str) -> Manifest | None:
        data: dict[str, Any] | None = await self._store.manifest(name)
        return None if data is None else Manifest.from_json(data)

    async def _unfinished(self) -> list[RunMeta]:
        run_ids = await self._engine.store.unfinished()
        metas: list[RunMeta] = []
        for first in range(0, len(run_ids), METAS_AT_ONCE):
            metas.extend((await self._engine.readable_metas(run_ids[first : first + METAS_AT_ONCE])).values())
        return sorted((meta for meta in metas if not meta.closed), key=lambda meta: meta.created_ms)


def _state(facts: dict[str, int] | None, promoted: bool, unfinished: int) -> str:
    if promoted:
        return "promoted"
    if facts is None:
        return "unknown"
    if not facts["draining_ms"]:
        return "ready"
    return "draining" if unfinished else "drained"


def _disturbs(worker: WorkerInfo) -> tuple[bool, int, int, int]:
    return not worker.draining, len(worker.runs), max(worker.marks.values(), default=0), -worker.started_ms
