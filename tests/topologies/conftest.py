from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.topologies.servers import Cluster, Topology, Watched

_KINDS: dict[str, Any] = {"sentinel": Watched, "cluster": Cluster}


@pytest.fixture(scope="session")
def _started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Topology]]:
    """Those that were asked for, started once for the session."""
    started: dict[str, Topology] = {}
    yield started
    for each in started.values():
        each.stop()


@pytest.fixture(params=list(_KINDS))
def topology(
    request: pytest.FixtureRequest, _started: dict[str, Topology], tmp_path_factory: pytest.TempPathFactory
) -> Topology:
    """Sentinels with their servers, then a cluster; whole and empty."""
    kind = request.param
    if kind not in _started:
        _started[kind] = _KINDS[kind](tmp_path_factory.mktemp(kind))
        _started[kind].start()
    else:
        _started[kind].heal()
    _started[kind].empty()
    return _started[kind]
