"""Which errors of model calls are worth another try, and when, without knowing any provider."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from retold.errors import ModelTimedOut, RetoldError

# Request timeout, too early, too many requests.
_statuses = frozenset({408, 425, 429})
# What clients call it when no answer came: openai and anthropic, httpx, aiohttp, botocore, grpc.
_classes = frozenset(
    {
        "APIConnectionError",
        "APITimeoutError",
        "TransportError",
        "ClientConnectionError",
        "ServerTimeoutError",
        "ConnectionClosedError",
        "EndpointConnectionError",
        "ReadTimeoutError",
        "ConnectTimeoutError",
    }
)
_grpc_statuses = frozenset({"UNAVAILABLE", "RESOURCE_EXHAUSTED", "DEADLINE_EXCEEDED"})


def is_transient(error: BaseException) -> bool:
    """Return whether an error says that the provider cannot answer now, but may later.

    These are a rate limit (429), 408, 425 and 5xx, timeouts and broken connections, as far as the
    error has a status code or a well-known class. A request that is wrong stays wrong.

    Args:
        error: raised by a model's client.
    """
    if isinstance(error, RetoldError):
        return isinstance(error, ModelTimedOut)
    status = status_of(error)
    if status is not None:
        return status in _statuses or 500 <= status <= 599
    if isinstance(error, TimeoutError | ConnectionError):
        return True
    if any(base.__name__ in _classes for base in type(error).__mro__):
        return True
    return _grpc_status(error) in _grpc_statuses


def status_of(error: BaseException) -> int | None:
    """Return the HTTP status an error was raised for; None when it does not say."""
    response = getattr(error, "response", None)
    candidates = [getattr(error, name, None) for name in ("status_code", "code", "status")]
    candidates.append(getattr(response, "status_code", None))
    if isinstance(response, Mapping):
        metadata = response.get("ResponseMetadata")
        if isinstance(metadata, Mapping):
            candidates.append(metadata.get("HTTPStatusCode"))
    for status in candidates:
        if isinstance(status, int) and not isinstance(status, bool) and 100 <= status <= 599:
            return int(status)
    return None


def retry_after(error: BaseException, now: datetime) -> float | None:
    """Return the seconds a provider asks to be left alone; None when it does not say.

    Read from ``retry-after-ms`` and ``retry-after``, which is seconds or a date, of the error's
    response.

    Args:
        error: raised by a model's client.
        now: with a zone.
    """
    headers = getattr(getattr(error, "response", None), "headers", None)
    if headers is None or not hasattr(headers, "get"):
        return None
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1_000
    given = headers.get("retry-after")
    seconds = _number(given)
    return _until(given, now) if seconds is None else seconds


def _number(text: Any) -> float | None:
    try:
        number = float(text)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _until(text: Any, now: datetime) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


def _grpc_status(error: BaseException) -> str | None:
    code = getattr(error, "code", None)
    if not callable(code):
        return None
    try:
        name = getattr(code(), "name", None)
    except Exception:
        # Somebody else's method, which may want arguments: then it tells nothing of a status.
        return None
    return name if isinstance(name, str) else None
