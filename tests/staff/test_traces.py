"""What a collector of OpenTelemetry is told of runs: whole, once it is asked for, and without content."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.utils import timezone
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from runs.models import Run
from staff.machines import traces

NOW = timezone.now()
SECRET = "what the customer wrote"
pytestmark = pytest.mark.django_db


class Collector(HTTPServer):
    """A collector on loopback that keeps what it is sent, but for the first request, which it turns away."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Taking)
        self.spans: dict[str, Any] = {}
        self.raw = b""
        self.asked = 0


class _Taking(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        body = gzip.decompress(body) if self.headers.get("content-encoding") == "gzip" else body
        self.server.asked += 1
        self.send_response(503 if self.server.asked == 1 else 200)
        self.end_headers()
        if self.server.asked > 1:
            self.server.raw += body
            request = ExportTraceServiceRequest.FromString(body)
            for scoped in (scope for resource in request.resource_spans for scope in resource.scope_spans):
                self.server.spans |= {span.name: span for span in scoped.spans}

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def collector(settings: Any) -> Iterator[Collector]:
    with Collector() as collector:
        thread = threading.Thread(target=collector.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        settings.GENISYS_TRACES = f"http://127.0.0.1:{collector.server_port}/v1/traces"
        settings.GENISYS_TRACES_CONTENT = False
        traces._exporter.cache_clear()
        yield collector
        traces._exporter().shutdown()
        traces._exporter.cache_clear()
        collector.shutdown()
        thread.join()


@pytest.fixture
def ended() -> Run:
    """A run that failed in its second step: a model's call inside the first."""
    began = NOW - timedelta(seconds=10)
    error = {"kind": "ProviderError", "message": f"It refused {SECRET}."}
    run = Run.objects.create(
        workflow="write-post", deployment="v1", status="failed", created_at=began, started_at=began, ended_at=NOW,
        input={"text": SECRET}, title=SECRET, error=error,
    )  # fmt: skip
    times = {"started_at": began, "ended_at": NOW, "input": {"text": SECRET}, "title": SECRET}
    run.steps.create(position=0, key="aa", name="draft", status="failed", error=error, **times)
    run.steps.create(
        position=1, key="bb", parent_key="aa", name="ask", status="failed", error=error, model="gpt-mini", call="chat",
        provider="openai", input_tokens=70, output_tokens=5, **times,
    )  # fmt: skip
    return run


def facts(span: Any) -> dict[str, Any]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in span.attributes}


def sent(run: Run, on_commit: Any) -> None:
    with on_commit(execute=True):
        traces.run_ended(run)
    assert traces._exporter().force_flush()


def test_a_run_is_a_trace_of_its_own_id_whose_spans_lie_in_each_other(
    collector: Collector, ended: Run, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    sent(ended, django_capture_on_commit_callbacks)
    whole, draft, chat = (collector.spans[name] for name in ("workflow write-post", "draft", "chat gpt-mini"))
    assert collector.asked == 2, "what the collector turned away was sent again"
    assert {span.trace_id.hex() for span in (whole, draft, chat)} == {ended.pk.replace("-", "")}
    assert (whole.parent_span_id, draft.parent_span_id, chat.parent_span_id) == (b"", whole.span_id, draft.span_id)
    assert chat.end_time_unix_nano - chat.start_time_unix_nano == 10 * 10**9
    said = facts(chat)
    assert (said["gen_ai.operation.name"], said["gen_ai.provider.name"]) == ("chat", "openai")
    assert (said["gen_ai.usage.input_tokens"], said["gen_ai.usage.output_tokens"]) == (70, 5)
    assert said["error.type"] == "ProviderError"


def test_what_went_in_and_out_is_told_only_where_it_is_asked_for(
    collector: Collector, ended: Run, settings: Any, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    sent(ended, django_capture_on_commit_callbacks)
    assert SECRET.encode() not in collector.raw
    settings.GENISYS_TRACES_CONTENT = True
    sent(ended, django_capture_on_commit_callbacks)
    assert facts(collector.spans["draft"])["genisys.input"] == f'{{"text": "{SECRET}"}}'
    assert SECRET in collector.spans["draft"].status.message
