"""What operators do with the fleet. Each deed is done by the engine, then written down with who did it and why.

All of them raise UserError with a sentence where it cannot be done; then nothing was changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.utils import timezone

from genisys import DeploymentInUse, Provider, UnknownDeployment, UnknownWorker, UserError
from genisys.host import STORE_ERRORS, Deployments, Workers
from runs.engines import engine
from runs.providers import providers
from runs.rules import audit
from runs.rules.audit import Actor

AWAY = "Redis does not answer just now. Nothing was changed; try again in a minute."


async def drain_worker(actor: Actor, worker_id: str) -> None:
    """Let a worker take no more runs, and leave those it holds at their next step."""
    with _in_words():
        await Workers(engine()).drain(worker_id)
    await audit.record(actor, "drain worker", None, worker=worker_id)


async def take_again(actor: Actor, worker_id: str) -> None:
    """Let a worker that drains take runs again."""
    with _in_words():
        await Workers(engine()).take_again(worker_id)
    await audit.record(actor, "let worker take runs", None, worker=worker_id)


async def promote(actor: Actor, name: str) -> None:
    """Let new runs go to a deployment. The one before it drains."""
    with _in_words():
        await Deployments(engine()).promote(name)
    await audit.record(actor, "promote deployment", None, deployment=name)


async def drain_deployment(actor: Actor, name: str) -> None:
    """Take a deployment out of service. Its runs go on until they end."""
    with _in_words():
        await Deployments(engine()).drain(name)
    await audit.record(actor, "drain deployment", None, deployment=name)


async def pause_provider(actor: Actor, gate: str, length: timedelta) -> None:
    """Send a provider no request for that long. Those under way end, and runs wait off their workers."""
    provider = provider_of(gate)
    until = timezone.now() + length
    with _in_words():
        await engine().store.gates.hold(gate, round(until.timestamp() * 1000))
    await audit.record(actor, "pause provider", None, provider=provider.name, until=until.isoformat(timespec="seconds"))


async def resume_provider(actor: Actor, gate: str) -> None:
    """Let requests go to a provider again that was paused by hand."""
    provider = provider_of(gate)
    with _in_words():
        await engine().store.gates.hold(gate, 0)
    await audit.record(actor, "resume provider", None, provider=provider.name)


def provider_of(gate: str) -> Provider:
    """Return the provider behind that gate. Raises UserError where the settings name none."""
    for provider in providers():
        if provider.gate == gate:
            return provider
    raise UserError("The settings of this installation name no such provider any more.")


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except (UnknownWorker, UnknownDeployment, DeploymentInUse) as error:
        raise UserError(error.message) from error
    except STORE_ERRORS as error:
        raise UserError(AWAY) from error
