"""What tools are called that a model is offered."""

from __future__ import annotations

from ag2.tools.schemas import ToolSchema


def name_of(schema: ToolSchema) -> str:
    """Return the name a model calls a tool by; of a provider's own tool, its type."""
    function = getattr(schema, "function", None)
    for name in (getattr(function, "name", None), getattr(schema, "name", None)):
        if isinstance(name, str) and name:
            return name
    return schema.type
