"""Which workers' pods are stopped first where there are to be fewer: loaded only where GENISYS_POD_COSTS says so.

Once a minute control writes on each worker's pod how many runs it holds, as
`controller.kubernetes.io/pod-deletion-cost` (kubernetes.io/docs/concepts/workloads/controllers/replicaset): what costs
less goes first. Kubernetes asks for few updates, so only what changes is written, and the finer order of
`manage.py deployments workers` is not. A worker names its host, which in a pod is the pod's name. It does not write
this itself: it runs the code of workflows, and so has no key to Kubernetes.
"""

from __future__ import annotations

import ssl
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import structlog
from django.conf import settings

from genisys.host import WorkerInfo
from runs.engines import engine

ANNOTATION = "controller.kubernetes.io/pod-deletion-cost"
ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""Where Kubernetes puts a pod's token, which it renews, its namespace, and whose certificates are to be trusted."""
LEAVES = -1
"""What a pod costs whose workers all leave anyway: less than one that is new, and has no cost so far."""
TIMEOUT_S = 5.0
NAME_CHARS = 253

log = structlog.get_logger("staff.machines.pods")


async def tick(**_: Any) -> None:
    """Receive `clock_ticked`."""
    await _costs().tell(await engine().workers())


@cache
def _costs() -> PodCosts:
    return PodCosts(settings.GENISYS_POD_COSTS)


def costs_of(workers: Iterable[WorkerInfo]) -> dict[str, int]:
    """Return by pod how many runs its workers hold, or LEAVES."""
    by_pod: defaultdict[str, list[WorkerInfo]] = defaultdict(list)
    for worker in workers:
        if _can_be_a_pod(worker.host):
            by_pod[worker.host].append(worker)
    return {
        pod: LEAVES if all(each.draining for each in its) else sum(len(each.runs) for each in its)
        for pod, its in by_pod.items()
    }


def _can_be_a_pod(host: str) -> bool:
    """Return whether it is a name by Kubernetes' rules; it becomes part of an address."""
    bare = host.replace("-", "").replace(".", "")
    return bare.isascii() and bare.isalnum() and host[0] not in "-." and len(host) <= NAME_CHARS


class PodCosts:
    """What Kubernetes, whose API is at `address`, was told of pods of its own namespace."""

    def __init__(self, address: str, account: Path = ACCOUNT) -> None:
        self._address = address
        self._account = account
        self._told: dict[str, int] = {}

    async def tell(self, workers: Iterable[WorkerInfo]) -> None:
        """Write the costs that have changed. What is not taken is logged, and tried again the next time."""
        costs = costs_of(workers)
        self._told = {pod: cost for pod, cost in self._told.items() if costs.get(pod) == cost}
        news = {pod: cost for pod, cost in costs.items() if pod not in self._told}
        if not news:
            return
        refused: list[str] = []
        try:
            async with self._client() as client:
                for pod, cost in news.items():
                    if said := await self._write(client, pod, cost):
                        refused.append(said)
                    else:
                        self._told[pod] = cost
        except (httpx.HTTPError, OSError) as error:
            refused.append(f"{type(error).__name__}: {error}")
        if refused:
            log.warning("pods.not_told", pods=len(costs) - len(self._told), said=refused[0])

    async def _write(self, client: httpx.AsyncClient, pod: str, cost: int) -> str:
        """Return what Kubernetes says against it, "" where it does not. A worker elsewhere has no pod to write on."""
        answer = await client.patch(
            f"pods/{pod}",
            headers={"content-type": "application/merge-patch+json"},
            json={"metadata": {"annotations": {ANNOTATION: str(cost)}}},
        )
        if answer.is_success or answer.status_code == httpx.codes.NOT_FOUND:
            return ""
        return f"{pod}: {answer.status_code} {answer.text[:200]}"

    def _client(self) -> httpx.AsyncClient:
        namespace, token = (self._account.joinpath(name).read_text().strip() for name in ("namespace", "token"))
        trusts = self._account / "ca.crt"
        return httpx.AsyncClient(
            base_url=f"{self._address}/api/v1/namespaces/{namespace}/",
            headers={"authorization": f"Bearer {token}"},
            verify=ssl.create_default_context(cafile=trusts) if self._address.startswith("https:") else True,
            timeout=TIMEOUT_S,
            trust_env=False,
        )
