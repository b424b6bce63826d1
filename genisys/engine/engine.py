"""The engine as the API plane sees it: start runs, ask for their state, cancel and retry them. Runs nothing itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from ..core.clock import now_ms
from ..core.ids import new_run_id
from ..secrets.sealed_input import SealedInput, journal_of, seal_input
from ..store.records import Append
from .explain import Explaining
from .forks import Forks, was_unknown
from .freeing import Freeing
from .signals import Signals, budget_fields


class Engine(Signals, Forks, Freeing, Explaining):
    """A handle on the runs in one Redis. One per process and event loop; use `async with`, or connect and close.

    `secret` is what the tokens for answers and the keys for secrets are derived from: the same in every process. Of
    several the first is used for new ones, the others only for what was made with them. `per_owner` is how many runs
    of one owner workers may hold at once (0: no limit), the same in every process too. Commands share `connections`
    connections to Redis; scripts use one more. `lease_s` is how many seconds a place of an owner is held unrenewed.
    Methods raise STORE_ERRORS while Redis is away.
    """

    async def start(
        self,
        workflow: str,
        input: dict[str, Any] | BaseModel | SealedInput,
        *,
        secrets: Sequence[str] = (),
        run_id: str | None = None,
        owner: str = "",
        title: str = "",
        deployment: str | None = None,
        budget: Mapping[str, int] | None = None,
        unknown: bool = False,
    ) -> str:
        """Create a run and hand it out; return its id. Starting an id again does nothing but send another wakeup.

        `unknown` is for whoever has kept a record of a run that Redis does not know, which was away or has lost it: the
        run then says that what it may have done before is done again.
        Without `deployment` it goes to the promoted one, and where none is promoted to the engine's own.
        `budget` is what it may use without consent, as `limit` takes it: `{"cost_microusd": 500_000}`.
        Secret fields of the input are sealed: those that its model, or the workflow where it is registered in this
        process, types as `SecretStr`, and those at the dotted paths of `secrets` (`"account.password"`). Raises
        SecretError where there are any and no key is set.
        """
        run_id = run_id or new_run_id()
        given = input if isinstance(input, SealedInput) else self.seal(workflow, input, secrets=secrets, title=title)
        title = given.title or title  # its secrets are masked already
        deployment = deployment or await self.target()
        made_ms = now_ms()
        facts = {"workflow": workflow, "owner": owner, "title": title, "deployment": deployment}
        facts |= {"created_ms": str(made_ms), **budget_fields(**(budget or {}))}
        first = Append.first(workflow, title, journal_of(self.ring, given), *([was_unknown()] if unknown else []))
        made = await self.store.create(run_id, facts, first)
        await self._hand_out(made, run_id, owner=owner, deployment=deployment, made_ms=made_ms)
        return run_id

    def seal(
        self, workflow: str, input: dict[str, Any] | BaseModel, *, secrets: Sequence[str] = (), title: str = ""
    ) -> SealedInput:
        """Return the input as it may be shown and stored, its secrets sealed, for a later `start`. Raises the same."""
        return seal_input(self.ring, workflow, input, secrets=secrets, title=title)
