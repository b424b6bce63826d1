"""A run's input on its way to the journal: what people may see of it, and the secrets sealed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from ..core import codec, registry
from ..core.secret_types import Holds, adapter_of, at_paths
from ..journal import fields
from .keyring import KeyRing
from .redactor import Redactor
from .run_secrets import RunSecrets


@dataclass(frozen=True, slots=True)
class SealedInput:
    """A run's input and title as people may see them; `sealed` is the whole input, "" where nothing in it is secret.

    It can be stored, and started with `Engine.start` later.
    """

    input: dict[str, Any]
    title: str = ""
    sealed: str = ""


def seal_input(
    ring: KeyRing, workflow: str, given: BaseModel | dict[str, Any], *, secrets: Iterable[str] = (), title: str = ""
) -> SealedInput:
    """Return the input, sealed where the types of its model or of the registered workflow, or `secrets`, name any.

    Raises SecretError; EncodingError where the data does not fit the workflow; ValueError for a path that leads
    nowhere.
    """
    values: set[str] = set()
    where = f"Workflow {workflow!r}, input"
    if isinstance(given, BaseModel):
        data = codec.encode(given, type(given), where=where, learn=values.update)
    else:
        data = given
        codec.checked(data, where=where)
        known = registry.workflows().get(workflow)
        if known is not None and adapter_of(known.input_type)[1] is Holds.MARKED:
            codec.decode(data, known.input_type, where=where, learn=values.update, by_alias=True)
    values |= at_paths(data, secrets)
    if not values:
        return SealedInput(data, title)
    redactor = Redactor(values)
    token = ring.seal({"input": data, "values": sorted(values)})
    return SealedInput(redactor.data(data), redactor.text(title), token)


def journal_of(ring: KeyRing, given: SealedInput) -> dict[str, bytes]:
    """Return the journal fields with which a run of that input begins. Raises SecretError."""
    where = "The run's input"
    if not given.sealed:
        return {fields.INPUT: codec.pack(given.input, where=where)}
    opened = ring.open(given.sealed)
    secrets = RunSecrets(ring, opened["values"])
    return {fields.INPUT: secrets.packed(opened["input"], where=where), fields.SECRETS: secrets.kept()}
