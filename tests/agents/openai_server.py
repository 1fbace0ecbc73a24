"""A small OpenAI-compatible server on loopback: plain, tools, streaming; failures when asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

usage = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}


@dataclass
class OpenAIServer:
    """A running server.

    Attributes:
        url: of its API.
        requests: bodies of the requests it answered or refused, in order.
        refuse: how many of the next requests get a 429.
        retry_after_ms: what a 429 asks to wait.
        break_off: how many of the next streams break off after their first piece.
    """

    url: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)
    refuse: int = 0
    retry_after_ms: int = 1
    break_off: int = 0


@contextmanager
def running() -> Iterator[OpenAIServer]:
    """Run a server on a free port of this machine."""
    state = OpenAIServer()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Stay silent."""

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            state.requests.append(body)
            if state.refuse:
                state.refuse -= 1
                asked = {"retry-after-ms": str(state.retry_after_ms)}
                self._send(429, {"error": {"message": "slow down"}}, asked)
            elif problem := unanswered(body["messages"]):
                self._send(400, {"error": {"message": problem}}, {})
            elif body.get("stream"):
                self._stream(body)
            else:
                self._send(200, completion(body), {})

        def _send(self, status: int, body: dict[str, Any], headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in ({"content-type": "application/json"} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def _stream(self, body: dict[str, Any]) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            pieces = list(chunks(body))
            if state.break_off:
                state.break_off -= 1
                del pieces[1:]
                # More than is sent, so that the end of it is no end of an answer.
                self.send_header("content-length", "100000")
            self.end_headers()
            for piece in pieces:
                self.wfile.write(f"data: {json.dumps(piece)}\n\n".encode())
            if len(pieces) > 1:
                self.wfile.write(b"data: [DONE]\n\n")

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def unanswered(messages: list[dict[str, Any]]) -> str | None:
    """Say what a provider says of a history with calls that nobody answered, or None."""
    open_calls: list[str] = []
    for message in messages:
        if message["role"] == "tool":
            if message["tool_call_id"] not in open_calls:
                return f"no call {message['tool_call_id']}"
            open_calls.remove(message["tool_call_id"])
        elif open_calls:
            return f"calls without results: {open_calls}"
        open_calls += [call["id"] for call in message.get("tool_calls") or []]
    return f"calls without results: {open_calls}" if open_calls else None


def answer(body: dict[str, Any]) -> dict[str, Any]:
    """Return the assistant's message: call the first tool once, then echo."""
    last = body["messages"][-1]
    if body.get("tools") and last["role"] == "user":
        name = body["tools"][0]["function"]["name"]
        function = {"name": name, "arguments": '{"a": 2, "b": 3}'}
        number = len(body["messages"])
        return {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": f"call_{number}", "type": "function", "function": function}],
        }
    return {"role": "assistant", "content": f"echo:{text_of(last['content'])}"}


def text_of(content: Any) -> str:
    """Return the text of a message's content."""
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


def completion(body: dict[str, Any]) -> dict[str, Any]:
    """Return a whole answer."""
    message = answer(body)
    reason = "tool_calls" if "tool_calls" in message else "stop"
    return {
        "id": "cmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": body["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": reason}],
        "usage": usage,
    }


def chunks(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield an answer in pieces."""
    base = {"id": "cmpl-1", "object": "chat.completion.chunk", "created": 1, "model": body["model"]}

    def chunk(delta: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        return base | {"choices": [choice]}

    message = answer(body)
    if "tool_calls" in message:
        yield chunk({"tool_calls": [{"index": 0, **message["tool_calls"][0]}]})
        yield chunk({}, "tool_calls")
    else:
        yield chunk({"content": message["content"][:4]})
        yield chunk({"content": message["content"][4:]})
        yield chunk({}, "stop")
    yield base | {"choices": [], "usage": usage}
