"""Runs that have ended, as traces for a collector of OpenTelemetry: loaded only where GENISYS_TRACES says where it is.

A run is a trace and its steps are spans, all with ids that are made of theirs: a run that is retried tells the same
spans again, and whoever has a run's id finds its trace. Attributes are named by OpenTelemetry's conventions for AI
(opentelemetry.io/docs/specs/semconv/gen-ai); what these do not name begins with `genisys.`. Nothing of what went in or
out is told, nor an error's words, unless GENISYS_TRACES_CONTENT is on.
"""

from __future__ import annotations

import atexit
import json
from collections.abc import Iterator
from datetime import datetime
from functools import cache, partial
from hashlib import blake2b
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

from runs.models import Run, Step

HELD = 50_000
"""So many spans wait for the collector; further ones are dropped, and no run waits for it."""
LONGEST_CHARS = 8_000
"""Of an input or output that is told."""
_CONTENT = ("input", "output", "title")
_OPERATIONS = {"chat": "chat", "responses": "chat", "embeddings": "embeddings", "completions": "text_completion"}


def run_ended(run: Run, **_: Any) -> None:
    """Receive `run_finished`: hand the run to the exporter, once its record is written."""
    transaction.on_commit(partial(_hand_over, run.pk), robust=True)


def _hand_over(run_id: str) -> None:
    content: bool = settings.GENISYS_TRACES_CONTENT
    run = Run.objects.defer("input", "output").get(pk=run_id)
    steps = run.steps.all() if content else run.steps.defer(*_CONTENT)
    for span in spans_of(run, steps.iterator(chunk_size=500), content=content):
        _exporter().on_end(span)


@cache
def _exporter() -> BatchSpanProcessor:
    """Return what sends spans, from a thread of its own. What is held goes out when the process ends."""
    exporter = OTLPSpanExporter(endpoint=settings.GENISYS_TRACES, timeout=10)
    processor = BatchSpanProcessor(exporter, max_queue_size=HELD, max_export_batch_size=512)
    atexit.register(processor.shutdown)
    return processor


def spans_of(run: Run, steps: Iterator[Step], *, content: bool) -> Iterator[ReadableSpan]:
    """Give the span of the run and those of its steps. A step that the end cut off ends with the run."""
    began, ended = run.started_at or run.created_at, run.ended_at or run.created_at
    facts = {
        "genisys.run.id": run.pk,
        "genisys.workflow": run.workflow,
        "genisys.deployment": run.deployment,
        "genisys.attempt": run.attempt,
        "genisys.status": run.status,
        "genisys.queued_ms": round((began - run.created_at).total_seconds() * 1000),
        "gen_ai.usage.input_tokens": run.input_tokens,
        "gen_ai.usage.output_tokens": run.output_tokens,
        **_cost(run.cost_microusd),
    }
    yield _span(run.pk, "", None, f"workflow {run.workflow}", began, ended, facts, _error(run, content=content))
    for step in steps:
        yield _span_of_step(step, began, ended, content=content)


def _span_of_step(step: Step, began: datetime, ended: datetime, *, content: bool) -> ReadableSpan:
    facts: dict[str, Any] = {
        "genisys.run.id": step.run_id,
        "genisys.step.key": step.key,
        "genisys.component": step.name,
        "genisys.status": step.status,
        "genisys.tries": step.tries,
        "genisys.cached": bool(step.cached_from),
        "genisys.worker": step.worker,
    }
    name = step.name
    if step.model:
        operation = _OPERATIONS.get(step.call, step.call or "chat")
        name = f"{operation} {step.model}"
        facts |= {
            "gen_ai.operation.name": operation,
            "gen_ai.provider.name": step.provider,
            "gen_ai.request.model": step.model,
            "gen_ai.usage.input_tokens": step.input_tokens,
            "gen_ai.usage.output_tokens": step.output_tokens,
            **_cost(step.cost_microusd),
        }
    if content:
        told = {"genisys.title": step.title, "genisys.input": step.input, "genisys.output": step.output}
        facts |= {key: _text(value) for key, value in told.items() if value not in (None, "")}
    times = (step.started_at or began, step.ended_at or ended)
    kind = SpanKind.CLIENT if step.model else SpanKind.INTERNAL
    return _span(step.run_id, step.key, step.parent_key, name, *times, facts, _error(step, content=content), kind)


def _span(
    run_id: str,
    key: str,
    parent: str | None,
    name: str,
    began: datetime,
    ended: datetime,
    facts: dict[str, Any],
    error: dict[str, str],
    kind: SpanKind = SpanKind.INTERNAL,
) -> ReadableSpan:
    status = Status(StatusCode.ERROR, error.get("genisys.error.message")) if error else Status(StatusCode.OK)
    return ReadableSpan(
        name=name,
        context=_context(run_id, key),
        parent=None if parent is None else _context(run_id, parent),
        resource=_resource(),
        attributes={**facts, **error},
        kind=kind,
        status=status,
        start_time=_ns(began),
        end_time=max(_ns(began), _ns(ended)),
    )


def _context(run_id: str, key: str) -> SpanContext:
    """Return the ids of a step, or of the run for no key."""
    span = int.from_bytes(blake2b(f"{run_id}/{key}".encode(), digest_size=8).digest())
    return SpanContext(UUID(run_id).int, span or 1, is_remote=False, trace_flags=TraceFlags(TraceFlags.SAMPLED))


@cache
def _resource() -> Resource:
    """Name the service; OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME say more, and otherwise."""
    return Resource({"service.name": "genisys"}).merge(Resource.create())


def _error(row: Run | Step, *, content: bool) -> dict[str, str]:
    if row.status != "failed":
        return {}
    error = row.error if isinstance(row.error, dict) else {}
    message = {"genisys.error.message": _text(error.get("message", ""))} if content else {}
    return {"error.type": str(error.get("kind") or "_OTHER"), **message}


def _cost(microusd: int | None) -> dict[str, float]:
    return {} if microusd is None else {"genisys.cost_usd": microusd / 1_000_000}


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_CHARS else f"{text[:LONGEST_CHARS]}…"


def _ns(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000) * 1000
