"""``retold otel export`` and ``retold metrics``."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from prometheus_client.parser import text_string_to_metric_families

import retold
from tests.cli.commands import repository, retold as command
from tests.telemetry.exporting import record_session


@pytest.fixture
def recorded_url(sqlite_url: str) -> str:
    """URL of a log with a recorded session."""

    async def record() -> None:
        async with retold.open(sqlite_url) as log:
            await record_session(log)

    asyncio.run(record())
    return sqlite_url


class Requests(BaseHTTPRequestHandler):
    """A collector that keeps what it is sent."""

    bodies: list[tuple[str, bytes, str]]

    def do_POST(self) -> None:
        """Take it."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.bodies.append((self.path, body, self.headers.get("Content-Encoding", "")))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing."""


@pytest.fixture
def collector() -> Iterator[tuple[str, list[tuple[str, bytes, str]]]]:
    """Address of a collector, and what it was sent."""
    bodies: list[tuple[str, bytes, str]] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Requests,), {"bodies": bodies}))
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", bodies
    server.shutdown()
    thread.join()
    server.server_close()


def test_spans_are_printed_once(recorded_url: str) -> None:
    result = command("otel", "export", "--once", "--to", "console", url=recorded_url)
    assert result.exit_code == 0, result.output
    spans = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(spans) == 14
    assert {span["resource"]["attributes"]["service.name"] for span in spans} == {"retold"}
    again = command("otel", "export", "--once", "--to", "console", url=recorded_url)
    assert (again.exit_code, again.stdout) == (0, "")
    other = command(
        "otel", "export", "--once", "--to", "console", "--group", "b", "--metrics", url=recorded_url
    )
    lines = [json.loads(line) for line in other.stdout.splitlines()]
    assert lines[:-1] == spans
    names = {
        metric["name"]
        for resource in lines[-1]["resource_metrics"]
        for scope in resource["scope_metrics"]
        for metric in scope["metrics"]
    }
    assert {"gen_ai.client.operation.duration", "retold.turns", "retold.projection.lag"} <= names


def test_spans_are_sent_to_a_collector(
    recorded_url: str, collector: tuple[str, list[tuple[str, bytes, str]]]
) -> None:
    address, bodies = collector
    result = command("otel", "export", "--once", "--endpoint", address, url=recorded_url)
    assert result.exit_code == 0, result.output
    ((path, body, encoding),) = bodies
    assert (path, encoding) == ("/v1/traces", "")
    sent = ExportTraceServiceRequest.FromString(body)
    spans = [s for r in sent.resource_spans for scope in r.scope_spans for s in scope.spans]
    assert len({span.span_id for span in spans}) == 14


def test_it_follows_until_it_is_interrupted(recorded_url: str, tmp_path: Path) -> None:
    child = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "retold",
            "otel",
            "export",
            "--to",
            "console",
            "--url",
            recorded_url,
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=repository,
    )
    assert child.stdout is not None
    first = [json.loads(child.stdout.readline()) for _ in range(14)]

    async def record() -> None:
        async with retold.open(recorded_url) as log:
            await record_session(log, "ticket-2")

    asyncio.run(record())
    later = [json.loads(child.stdout.readline()) for _ in range(14)]
    child.send_signal(signal.SIGINT)
    rest, told = child.communicate(timeout=60)
    assert (child.returncode, rest) == (0, ""), told
    ids = {span["context"]["span_id"] for span in first + later}
    assert len(ids) == 28


def test_a_group_begun_otherwise_and_a_name_that_is_none_are_wrong_usage(recorded_url: str) -> None:
    result = command(
        "otel", "export", "--once", "--to", "console", "--group", "-", url=recorded_url
    )
    assert result.exit_code == 2
    assert "cannot be a consumer group" in result.stderr


@pytest.mark.parametrize("endpoint", ["nonsense", "localhost:4318", "ftp://host", "http://"])
def test_an_endpoint_that_is_no_address_is_wrong_usage(recorded_url: str, endpoint: str) -> None:
    result = command("otel", "export", "--once", "--endpoint", endpoint, url=recorded_url)
    assert result.exit_code == 2
    assert "no address" in result.stderr


def test_metrics_are_printed(recorded_url: str) -> None:
    result = command("metrics", "--queue", "steps", url=recorded_url)
    assert result.exit_code == 0, result.output
    families = {family.name: family for family in text_string_to_metric_families(result.stdout)}
    (turns,) = families["retold_turns"].samples
    assert turns.value == 1
    assert len(families["retold_queue_items"].samples) == 3
    bad = command("metrics", "--queue", "no queue", url=recorded_url)
    assert bad.exit_code == 2


def test_without_the_extras_the_commands_say_what_to_install(
    recorded_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk", None)
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    exported = command("otel", "export", "--once", url=recorded_url)
    assert (exported.exit_code, "retold[otel]" in exported.stderr) == (2, True)
    printed = command("metrics", url=recorded_url)
    assert (printed.exit_code, "retold[prometheus]" in printed.stderr) == (2, True)
