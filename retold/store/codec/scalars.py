"""Python's scalar types as tagged JSON objects, and back."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import isfinite
from pathlib import Path, PosixPath, PurePath, PurePosixPath, PureWindowsPath, WindowsPath
from typing import Any
from uuid import UUID

from retold.store.codec.values import JSONObject, JSONValue, OpaqueValue, is_plain, tag_key

_smallest_int, _largest_int = -(2**63), 2**64 - 1


def encode_text(text: str) -> JSONValue:
    """Encode a str; one with NUL or a lone surrogate in base64, since databases refuse both."""
    if is_plain(text):
        return text
    return {tag_key: "str", "base64": _base64(text.encode("utf-8", "surrogatepass"))}


def _none_or_bool(value: bool | None) -> JSONValue:  # noqa: FBT001
    return value


def _int(value: int) -> JSONValue:
    if _smallest_int <= value <= _largest_int:
        return value
    # Hexadecimal: Python refuses to write or read more than 4,300 decimal digits.
    return {tag_key: "int", "hex": hex(value)}


def _float(value: float) -> JSONValue:
    return value if isfinite(value) else {tag_key: "float", "value": repr(value)}


def _complex(value: complex) -> JSONValue:
    return {tag_key: "complex", "real": repr(value.real), "imag": repr(value.imag)}


def _bytes(value: bytes) -> JSONValue:
    return {tag_key: "bytes", "base64": _base64(value)}


def _bytearray(value: bytearray) -> JSONValue:
    return {tag_key: "bytearray", "base64": _base64(value)}


def _memoryview(value: memoryview) -> JSONValue:
    return _bytes(value.tobytes())


def _uuid(value: UUID) -> JSONValue:
    return {tag_key: "uuid", "text": UUID.__str__(value)}


def _datetime(value: datetime) -> JSONValue:
    return _with_fold({tag_key: "datetime", "iso": datetime.isoformat(value)}, value.fold)


def _date(value: date) -> JSONValue:
    return {tag_key: "date", "iso": date.isoformat(value)}


def _time(value: time) -> JSONValue:
    return _with_fold({tag_key: "time", "iso": time.isoformat(value)}, value.fold)


def _with_fold(record: JSONObject, fold: int) -> JSONObject:
    return {**record, "fold": 1} if fold else record


def _timedelta(value: timedelta) -> JSONValue:
    return {
        tag_key: "timedelta",
        "days": value.days,
        "seconds": value.seconds,
        "microseconds": value.microseconds,
    }


def _decimal(value: Decimal) -> JSONValue:
    return {tag_key: "decimal", "text": Decimal.__str__(value)}


def _path(value: PurePath) -> JSONValue:
    flavour = "windows" if isinstance(value, PureWindowsPath) else "posix"
    if not isinstance(value, Path):
        flavour = f"pure_{flavour}"
    return {tag_key: "path", "flavour": flavour, "text": encode_text(value.as_posix())}


def _opaque(value: OpaqueValue) -> JSONValue:
    return {tag_key: "opaque", "type": value.type_name, "repr": value.text}


def _base64(content: bytes | bytearray) -> str:
    return b64encode(content).decode()


scalar_encoders: dict[type, Callable[[Any], JSONValue]] = {
    str: encode_text,
    bool: _none_or_bool,
    type(None): _none_or_bool,
    int: _int,
    float: _float,
    complex: _complex,
    bytes: _bytes,
    bytearray: _bytearray,
    memoryview: _memoryview,
    UUID: _uuid,
    datetime: _datetime,
    date: _date,
    time: _time,
    timedelta: _timedelta,
    Decimal: _decimal,
    PurePosixPath: _path,
    PureWindowsPath: _path,
    PosixPath: _path,
    WindowsPath: _path,
    OpaqueValue: _opaque,
}

# A subclass is stored as the value of its base. Called unbound, so that it has no say in it.
scalar_bases: tuple[tuple[type, Callable[[Any], JSONValue]], ...] = (
    (str, lambda value: encode_text(str.__str__(value))),
    (int, lambda value: _int(int.__int__(value))),
    (float, lambda value: _float(float.__float__(value))),
    (complex, lambda value: _complex(complex.__complex__(value))),
    (bytes, lambda value: _memoryview(memoryview(value))),
    (bytearray, lambda value: _bytearray(bytearray(memoryview(value)))),
    (UUID, _uuid),
    (datetime, _datetime),
    (date, _date),
    (time, _time),
    (timedelta, _timedelta),
    (Decimal, _decimal),
    (PurePath, _path),
)


def _text_of(record: JSONObject, key: str) -> str:
    text = record[key]
    if not isinstance(text, str):
        raise TypeError(f"{key} is not text")
    return text


def _content_of(record: JSONObject) -> bytes:
    return b64decode(_text_of(record, "base64"), validate=True)


def _plain_or_tagged_text(value: JSONValue) -> str:
    if isinstance(value, dict) and value.get(tag_key) == "str":
        return _decoded_str(value)
    return _text_of({"text": value}, "text")


def _decoded_str(record: JSONObject) -> str:
    return _content_of(record).decode("utf-8", "surrogatepass")


def _decoded_timedelta(record: JSONObject) -> timedelta:
    days, seconds, microseconds = (record[key] for key in ("days", "seconds", "microseconds"))
    if not (isinstance(days, int) and isinstance(seconds, int) and isinstance(microseconds, int)):
        raise TypeError("not whole numbers")
    return timedelta(days, seconds, microseconds)


def _decoded_path(record: JSONObject) -> PurePath:
    text = _plain_or_tagged_text(record["text"])
    flavour = record["flavour"]
    if flavour not in ("posix", "windows", "pure_posix", "pure_windows"):
        raise ValueError("unknown flavour of path")
    if flavour == type(Path()).__name__.removesuffix("Path").lower():
        return Path(text)
    # A path of the other system is good for looking at only.
    return PurePosixPath(text) if flavour in ("posix", "pure_posix") else PureWindowsPath(text)


def _decoded_fold(record: JSONObject) -> int:
    fold = record.get("fold", 0)
    if fold not in (0, 1):
        raise ValueError("fold is neither 0 nor 1")
    return 1 if fold else 0


scalar_decoders: dict[str, tuple[frozenset[str], Callable[[JSONObject], Any]]] = {
    tag: (frozenset((tag_key, *keys)), decode)
    for tag, keys, decode in (
        ("str", ("base64",), _decoded_str),
        ("int", ("hex",), lambda record: int(_text_of(record, "hex"), 16)),
        ("float", ("value",), lambda record: float(_text_of(record, "value"))),
        (
            "complex",
            ("real", "imag"),
            lambda record: complex(
                float(_text_of(record, "real")), float(_text_of(record, "imag"))
            ),
        ),
        ("bytes", ("base64",), _content_of),
        ("bytearray", ("base64",), lambda record: bytearray(_content_of(record))),
        ("uuid", ("text",), lambda record: UUID(_text_of(record, "text"))),
        (
            "datetime",
            ("iso", "fold"),
            lambda record: datetime.fromisoformat(_text_of(record, "iso")).replace(
                fold=_decoded_fold(record)
            ),
        ),
        ("date", ("iso",), lambda record: date.fromisoformat(_text_of(record, "iso"))),
        (
            "time",
            ("iso", "fold"),
            lambda record: time.fromisoformat(_text_of(record, "iso")).replace(
                fold=_decoded_fold(record)
            ),
        ),
        ("timedelta", ("days", "seconds", "microseconds"), _decoded_timedelta),
        ("decimal", ("text",), lambda record: Decimal(_text_of(record, "text"))),
        ("path", ("flavour", "text"), _decoded_path),
        (
            "opaque",
            ("type", "repr"),
            lambda record: OpaqueValue(_text_of(record, "type"), _text_of(record, "repr")),
        ),
    )
}
