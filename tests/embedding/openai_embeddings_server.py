"""A loopback server of OpenAI's API of embeddings, for the real client to talk to."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class EmbeddingsServer:
    """A running server.

    Attributes:
        url: of its API.
        requests: bodies of the requests, in order.
        status: it answers with.
        shuffled: whether vectors come in another order than their texts.
        drop: vectors to leave out of each answer.
    """

    url: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)
    status: int = 200
    shuffled: bool = False
    drop: int = 0


def vector_of(text: str, dimension: int) -> list[float]:
    """Return a vector of a length other than 1 that tells texts apart."""
    return [float(1 + (len(text) * (place + 3)) % 7) for place in range(dimension)]


@contextmanager
def running() -> Iterator[EmbeddingsServer]:
    """Run a server on a free port of this machine."""
    state = EmbeddingsServer()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Stay silent."""

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            state.requests.append(body)
            answer: dict[str, Any] = {"error": {"message": "no"}}
            if state.status == 200:
                data = [
                    {
                        "object": "embedding",
                        "index": place,
                        "embedding": vector_of(text, body.get("dimensions", 4)),
                    }
                    for place, text in enumerate(body["input"])
                ]
                del data[: state.drop]
                answer = {
                    "object": "list",
                    "model": body["model"],
                    "data": data[::-1] if state.shuffled else data,
                    "usage": {"prompt_tokens": 1, "total_tokens": 1},
                }
            self.send_response(state.status)
            self.send_header("content-type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
