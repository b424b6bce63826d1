"""A run's input on its way to the journal: what people may see of it, and the secrets sealed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from . import _codec, _registry
from ._hidden import FIELD, RunSecrets
from ._redact import Redactor
from ._seal import KeyRing
from ._secrets import Holds, adapter_of, at_paths


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
    """Seal the secrets: where the types of the model, or of a workflow registered here, say so, and at `secrets`.

    Raises SecretError; EncodingError where the data does not fit the workflow; ValueError for a path to nowhere.
    """
    values: set[str] = set()
    where = f"Workflow {workflow!r}, input"
    if isinstance(given, BaseModel):
        data = _codec.encode(given, type(given), where=where, meet=values.update)
    else:
        data = given
        _codec.checked(data, where=where)
        known = _registry.workflows().get(workflow)
        if known is not None and adapter_of(known.input_type)[1] is Holds.MARKED:
            _codec.decode(data, known.input_type, where=where, meet=values.update, by_alias=True)
    values |= at_paths(data, secrets)
    if not values:
        return SealedInput(data, title)
    redactor = Redactor(values)
    token = ring.seal({"input": data, "values": sorted(values)})
    return SealedInput(redactor.data(data), redactor.text(title), token)


def journal_of(ring: KeyRing, given: SealedInput) -> dict[str, bytes]:
    """Give the journal fields with which a run of that input begins. Raises SecretError."""
    where = "The run's input"
    if not given.sealed:
        return {"@input": _codec.pack(given.input, where=where)}
    opened = ring.open(given.sealed)
    secrets = RunSecrets(ring, opened["values"])
    return {"@input": secrets.packed(opened["input"], where=where), FIELD: secrets.kept()}
