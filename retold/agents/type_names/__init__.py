"""Stable names of the types AG2's events are made of.

AG2 moved its modules twice (``autogen.beta.events``, ``autogen.events``, ``ag2.events``), so a
log must not hold module paths. A name is never changed or given to another class; when AG2 moves
a class, its path follows. A golden file guards both. What others stored under the paths of any of
the three homes is understood by aliases, which are computed.

The paths are imported when a record asks for one of them, so that optional packages stay so.
"""

from __future__ import annotations

from retold.agents.type_names.events import event_types
from retold.agents.type_names.home import aliases_of, homes, renamed
from retold.agents.type_names.models import (
    constructed_models,
    protobuf_messages,
    validated_models,
)
from retold.agents.type_names.values import classes, data_types, exception_types

__all__ = [
    "aliases_of",
    "classes",
    "constructed_models",
    "data_types",
    "event_types",
    "exception_types",
    "homes",
    "protobuf_messages",
    "renamed",
    "validated_models",
]
