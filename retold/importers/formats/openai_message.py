"""A chat message in OpenAI's form, as several recordings hold it."""

from __future__ import annotations

from retold.domain.recording import ImportedCall, ImportedResult
from retold.importers.reading.json_path import member
from retold.importers.reading.record import Record
from retold.importers.source import SourceMessage

# "function" is the role of results in the form before tools, which had no ids.
_result_roles = frozenset({"tool", "function"})


def read_message(message: Record) -> SourceMessage:
    """Return an OpenAI chat message; the form has no times, no usage and no error flags.

    Raises:
        MalformedRecord: when one of its fields breaks the form.
    """
    role = message.text("role")
    content = message.value.get("content")
    if content is not None and not isinstance(content, str | list):
        raise message.expected("content", "a text, a list of parts or null")
    name = message.value.get("name")
    result = None
    if role in _result_roles:
        result = ImportedResult(name=message.optional_text("name"))
    calls = [_read_call(call) for call in message.optional_objects("tool_calls")]
    function = message.optional_object("function_call")
    if function is not None:
        calls.append(_read_function(function))
    return SourceMessage(
        source=message.value,
        role=role,
        name=name if isinstance(name, str) and result is None else None,
        calls=tuple(calls),
        result=result,
        answered_id=message.optional_text("tool_call_id"),
    )


def _read_call(call: Record) -> ImportedCall:
    function = Record.of(call.path, member(call.where, "function"), call.value.get("function"))
    read = _read_function(function)
    return read.model_copy(update={"id": call.optional_text("id")})


def _read_function(function: Record) -> ImportedCall:
    arguments = function.value.get("arguments")
    if arguments is not None and not isinstance(arguments, str | dict):
        raise function.expected("arguments", "a text, an object or null")
    return ImportedCall(name=function.text("name"), arguments=arguments)
