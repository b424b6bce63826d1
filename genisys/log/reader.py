"""The rules of a reader of one run: what is new, where something is missing, when to begin anew, what is the end.

Plain decisions over the frames of `frames`, as a server or a proxy sends them: what cannot be a frame raises NotAFrame,
and what this version does not know is skipped. `genisys.client` holds the connection to the server.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter

from .cursor import LOG_ID, write_cursor
from .fold import Event

RESYNC = "resync"
"""The type of the event by which a reader learns to drop what it has. No log holds one."""


class NotAFrame(ValueError):
    """What came is no frame of a run."""


def _is_event(event: dict[str, Any]) -> dict[str, Any]:
    seq, covers = event.get("seq"), event.get("covers", 1)
    if type(seq) is not int or type(covers) is not int or not 1 <= covers <= seq or not isinstance(event["type"], str):
        raise ValueError("an event has a number, a type, and covers no more than there is before it")
    return event


Seq = Annotated[int, Field(ge=0, lt=2**53)]
LogId = Annotated[str, Field(pattern=f"^{LOG_ID}$")]


class _Frame(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)


class ReceivedBatch(_Frame):
    t: Literal["batch"]
    log_id: LogId
    events: list[Annotated[dict[str, Any], AfterValidator(_is_event)]]


class Resync(_Frame):
    t: Literal["resync"]
    log_id: LogId
    reason: str
    seq: Seq = 0
    state: dict[str, Any] | None = None


class Place(_Frame):
    """All there is up to `seq` was sent before."""

    t: Literal["live", "ping"]
    seq: Seq


class End(_Frame):
    t: Literal["end"]
    seq: Seq
    status: str


class Refusal(_Frame):
    t: Literal["error"]
    code: int
    message: str
    retry_after: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None


class Unknown(_Frame):
    """A frame that only later versions know. It changes nothing here."""

    t: str


ReceivedFrame = ReceivedBatch | Resync | Place | End | Refusal | Unknown
_KINDS = frozenset({"batch", "resync", "live", "ping", "end", "error"})
_known: TypeAdapter[ReceivedBatch | Resync | Place | End | Refusal] = TypeAdapter(
    Annotated[ReceivedBatch | Resync | Place | End | Refusal, Field(discriminator="t")]
)


def decode(line: bytes) -> ReceivedFrame:
    """Read one frame. Raises NotAFrame."""
    try:
        # Not pydantic's parser: it refuses half a surrogate pair, with which a piece of text may end.
        data = json.loads(line)
        return _known.validate_python(data) if data["t"] in _KINDS else Unknown(t=data["t"])
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise NotAFrame("What came is no frame of a run.") from error


class Reader:
    """How far a reader of one run has come.

    `gap` is True where something is missing behind `seq`: ask again from there. `status` is None until the run's end
    has been read, all of it; then there is nothing more to ask for.
    """

    def __init__(self, log_id: str | None = None, seq: int = 0) -> None:
        self.log_id = log_id
        self.seq = seq
        self.gap = False
        self.status: str | None = None

    @property
    def cursor(self) -> str:
        return write_cursor(self.log_id, self.seq)

    def take(self, frame: ReceivedFrame) -> list[Event]:
        """Return what is new in a frame. A refusal brings nothing, and is for the caller to handle."""
        self.gap = False
        match frame:
            case ReceivedBatch():
                return self._batch(frame)
            case Resync():
                return [self._begin(frame.log_id, frame.reason, frame.seq if frame.state else 0, frame.state)]
            case Place() | End():
                self.gap = frame.seq > self.seq
        if isinstance(frame, End) and not self.gap:
            self.status = frame.status
        return []

    def begin_anew(self, reason: str) -> Event:
        """Forget the place in the log; return the `resync` event that announces it."""
        return self._begin(self.log_id, reason, 0, None)

    def _begin(self, log_id: str | None, reason: str, seq: int, state: dict[str, Any] | None) -> Event:
        self.log_id, self.seq = log_id, seq
        return {"type": RESYNC, "seq": seq, "log_id": log_id, "reason": reason, "state": state}

    def _batch(self, frame: ReceivedBatch) -> list[Event]:
        new: list[Event] = []
        if self.log_id not in (None, frame.log_id):
            new.append(self._begin(frame.log_id, "log_id", 0, None))
        self.log_id = frame.log_id
        for event in frame.events:
            if event["seq"] <= self.seq:
                continue
            if event["seq"] - event.get("covers", 1) > self.seq:
                self.gap = True
                break
            new.append(event)
            self.seq = event["seq"]
        return new
