"""AG2's events as JSON records, and back.

Every type has a stable name of ours (:mod:`retold.agents.type_names`), nothing is imported or
built because stored data says so, and an event that cannot be read comes back as AG2's
``UnknownEvent`` with everything it held.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import copy
from typing import Any, cast
from weakref import WeakSet

from ag2.events import BaseEvent, TaskFailed, ToolCallEvent, ToolResult, UnknownEvent
from pydantic import BaseModel

from retold.agents import type_names
from retold.errors import TypeRegistrationError
from retold.logs import get_logger
from retold.store.codec import (
    Codec,
    JSONObject,
    JSONValue,
    StoredRecord,
    TypeRegistry,
    UnknownValue,
    type_path,
)
from retold.store.codec.type_registry import BuildUnknown, DecodeFields, EncodeFields

log = get_logger(__name__)

# The record an UnknownEvent was read from. AG2 leaves attributes with an underscore out of
# comparisons, representations and its own serialisation.
_record_attribute = "_retold_record"
_warned: WeakSet[type] = WeakSet()


def encode_event(event: BaseEvent) -> JSONObject:
    """Return an event as a JSON record.

    Never raises; see :meth:`retold.store.codec.Codec.encode`. The first event of a class that is
    not registered logs a warning.

    Args:
        event: any event, AG2's own or a user's.
    """
    return cast(JSONObject, event_codec.encode(event))


def decode_event(record: Mapping[str, JSONValue]) -> BaseEvent:
    """Return the event in a JSON record.

    Never raises. A record that is no event this code knows comes back as an ``UnknownEvent``
    with its type name and fields, and is encoded to the same record again.

    Args:
        record: what :func:`encode_event` returned, or any other JSON object.
    """
    stored = dict(record)
    value = event_codec.decode(stored)
    if isinstance(value, BaseEvent):
        return value
    if isinstance(value, UnknownValue):
        return _unknown_event(value.type_name, value.fields, stored)
    tag = stored.get("$")
    name = getattr(value, "type_name", tag if isinstance(tag, str) else "")
    fields = event_codec.decode({key: item for key, item in stored.items() if key != "$"})
    return _unknown_event(name, fields, stored)


def register_event_type(name: str, cls: type) -> None:
    """Give a class of yours a stable name, so that events with it come back as they were.

    Registering the same again is a no-op. Records written before are read as this class too.

    Args:
        name: dotted name that stays when the class moves or is renamed, as ``shop.OrderPlaced``.
        cls: a subclass of ``BaseEvent``, or an enum, exception, pydantic model or dataclass that
            events hold.

    Raises:
        TypeRegistrationError: when the name is not dotted, begins with ``ag2.`` or is taken, the
            class has a name already, or is of none of these kinds.
    """
    if str(name).startswith("ag2."):
        raise TypeRegistrationError(name, "names that begin with 'ag2.' are Retold's")
    if BaseEvent in getattr(cls, "__mro__", ()):
        event_codec.registry.register(
            name, cls, encode=_event_fields, decode=_build_event, unknown=_unknown_event
        )
    else:
        event_codec.registry.register(name, cls)


def type_name_of(event: BaseEvent) -> str:
    """Return the stable name of an event's type; module and class when it is not registered.

    Args:
        event: any event; an ``UnknownEvent`` read from a record has the name it has there.
    """
    if isinstance(event, UnknownEvent) and _record_attribute in vars(event):
        return event.type_name
    entry = event_codec.registry.entry_for(type(event))
    return type_path(type(event)) if entry is None else entry.name


def _event_fields(event: BaseEvent) -> Mapping[str, object] | StoredRecord:
    fields: dict[str, object] = {}
    has_hidden_state = False
    for name, value in vars(event).items():
        if str(name)[:1] != "_":
            fields[name] = value
        elif value is not None:
            has_hidden_state = True
    if isinstance(event, ToolCallEvent):
        if has_hidden_state:
            fields.update(_overridden_arguments(event))
    elif isinstance(event, TaskFailed):
        fields.update(_traceback(event))
    elif isinstance(event, UnknownEvent):
        record = vars(event).get(_record_attribute)
        if record is not None and _is_unchanged(event, record):
            return StoredRecord(record)
    return fields


def _overridden_arguments(event: ToolCallEvent) -> dict[str, object]:
    try:
        # A copy: reading the property makes AG2 remember what it parsed, and a later change to
        # the arguments of the live event would have no effect.
        in_use = copy(event).serialized_arguments
    except ValueError:
        # The model wrote arguments that are no JSON, and nobody replaced them.
        return {}
    try:
        overridden = in_use != json.loads(event.arguments or "{}")
    except ValueError:
        overridden = True
    return {"serialized_arguments": in_use} if overridden else {}


def _traceback(event: TaskFailed) -> dict[str, object]:
    try:
        # AG2 formats it from the live exception, which is stored without its traceback.
        return {"content": copy(event).content}
    except Exception:
        # There is no error to format, or one that cannot be.
        return {}


def _build_event(cls: type[BaseEvent], fields: dict[str, Any]) -> BaseEvent:
    # AG2 would put the time of reading.
    fields.setdefault("created_at", None)
    content = fields.pop("content", None) if issubclass(cls, TaskFailed) else None
    event = cls(**fields)
    if content is not None:
        # The property has no setter, and keeps here what it formatted.
        vars(event)["_content"] = content
    return event


def _unknown_event(type_name: str, fields: dict[str, Any], record: JSONObject) -> UnknownEvent:
    event = UnknownEvent(
        type_name=type_name, data=fields, created_at=cast(float, fields.get("created_at"))
    )
    vars(event)[_record_attribute] = record
    return event


def _is_unchanged(event: UnknownEvent, record: JSONObject) -> bool:
    again = decode_event(record)
    return not isinstance(again, UnknownEvent) or (
        again.type_name == event.type_name
        and event_codec.encode(again.data) == event_codec.encode(event.data)
    )


def _unregistered_event_fields(event: BaseEvent) -> Mapping[str, object] | StoredRecord:
    cls = type(event)
    if cls not in _warned:
        _warned.add(cls)
        log.warning(
            "event_type_not_registered",
            event_type=type_path(cls),
            consequence="it is recorded, and read back as an UnknownEvent with its fields",
            remedy="give the class a stable name with retold.agents.codec.register_event_type()",
        )
    return _event_fields(event)


def _tool_result_fields(result: ToolResult) -> dict[str, object]:
    return {"parts": result.parts, "final": result.final, "metadata": result.metadata}


def _build_tool_result(cls: type[ToolResult], fields: dict[str, Any]) -> ToolResult:
    result = cls(final=fields["final"], metadata=fields["metadata"])
    # Its constructor would wrap parts of unknown types as if a tool had returned them.
    result.parts = fields["parts"]
    return result


def _constructed_model_fields(model: BaseModel) -> dict[str, object]:
    return model.model_dump(mode="json", by_alias=True, exclude_unset=True, warnings=False)


def _construct_model(cls: type[BaseModel], fields: dict[str, Any]) -> BaseModel:
    return cls.model_construct(**fields)


def _validated_model_fields(model: BaseModel) -> dict[str, object]:
    text = model.model_dump_json(by_alias=True, exclude_unset=True, warnings=False)
    fields: dict[str, object] = json.loads(text)
    return fields


def _validate_model(cls: type[BaseModel], fields: dict[str, Any]) -> BaseModel:
    return cls.model_validate_json(json.dumps(fields))


def _protobuf_fields(message: Any) -> dict[str, object]:
    return {"protobuf": message.SerializeToString()}


def _parse_protobuf(cls: Any, fields: dict[str, Any]) -> object:
    return cls.FromString(fields["protobuf"])


def _construct(cls: type[Any], fields: dict[str, Any]) -> object:
    return cls(**fields)


def _run_result_fields(result: Any) -> dict[str, object]:
    names = (
        "run_id",
        "tasks",
        "suite",
        "target_path",
        "concurrency",
        "duration_ms",
        "created_at",
        "label",
        "schema_version",
    )
    return {name: getattr(result, name) for name in names}


def _pairwise_result_fields(result: Any) -> dict[str, object]:
    # Some of its state is to be had in this form only.
    summary = result.to_dict()
    names = ("created_at", "duration_ms", "variant_a", "variant_b", "n_pairs")
    return {
        "run_id": result.run_id,
        "label": result.label,
        "cases": result.cases,
        "keys": tuple(summary["keys"]),
        **{name: summary[name] for name in names},
    }


def _suite_fields(suite: Any) -> dict[str, object]:
    return {"tasks": suite.tasks, "name": suite.name, "source": suite.source}


def _trace_fields(trace: Any) -> dict[str, object]:
    return {
        "events": trace.events,
        "exception": trace.exception,
        "duration_ms": trace.duration_ms,
    }


_class_codecs = {
    "ag2.ToolResult": (_tool_result_fields, _build_tool_result),
    "ag2.eval.PairwiseRunResult": (_pairwise_result_fields, _construct),
    "ag2.eval.RunResult": (_run_result_fields, _construct),
    "ag2.eval.Suite": (_suite_fields, _construct),
    "ag2.eval.Trace": (_trace_fields, _construct),
}


def ag2_types(renamed: Mapping[str, str] = type_names.renamed) -> TypeRegistry:
    """Return the registry of AG2's types: by stable name, and by the names others gave them.

    Args:
        renamed: stable name to the path of its class today, where AG2 renamed the class.
    """
    registry = TypeRegistry()
    registry.register_family(
        "event", BaseEvent, encode=_unregistered_event_fields, unknown=_unknown_event
    )

    def register(
        name: str,
        first: str,
        encode: EncodeFields | None = None,
        decode: DecodeFields | None = None,
        unknown: BuildUnknown | None = None,
    ) -> None:
        path = renamed.get(name, first)
        registry.register_lazy(
            name,
            path,
            encode=encode,
            decode=decode,
            unknown=unknown,
            aliases=type_names.aliases_of(first, path),
        )

    for name, path in type_names.event_types.items():
        register(name, path, _event_fields, _build_event, _unknown_event)
    for name, path in (*type_names.data_types.items(), *type_names.exception_types.items()):
        register(name, path)
    for table, encode, decode in (
        (type_names.constructed_models, _constructed_model_fields, _construct_model),
        (type_names.validated_models, _validated_model_fields, _validate_model),
        (type_names.protobuf_messages, _protobuf_fields, _parse_protobuf),
    ):
        for name, path in table.items():
            register(name, path, encode, decode)
    for name, path in type_names.classes.items():
        register(name, path, *_class_codecs[name])
    return registry


event_codec = Codec(ag2_types())
"""The codec of AG2's events and of every value they hold: variables, prompts, tool results."""
