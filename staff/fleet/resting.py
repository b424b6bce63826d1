"""The providers that are asked nothing just now, for pages that are drawn outside of an event loop."""

from __future__ import annotations

import time

from runs.engines import engine, sync
from runs.providers import providers
from staff.fleet.rows import rests


async def _resting() -> dict[str, str]:
    now_ms = round(time.time() * 1000)
    gates = {each.name: await engine().store.gates.look(each.gate, hours=1) for each in providers()}
    return {name: says for name, gate in gates.items() if (says := rests(gate, now_ms))}


resting_providers = sync(_resting)
"""Return the names of these providers, with what each is in words. Raises STORE_ERRORS."""
