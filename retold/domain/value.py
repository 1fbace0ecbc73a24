"""Values that events are made of."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

longest_error_message = 20_000


class Value(BaseModel):
    """Base of the immutable values inside events."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class ErrorInfo(Value):
    """An exception as data: its type's name and its message."""

    type: str
    message: str

    @classmethod
    def of(cls, error: BaseException) -> ErrorInfo:
        """Describe ``error``; never raises, whatever the exception does when it is shown."""
        try:
            message = str(error)
        except Exception as failure:
            message = f"(its message cannot be shown: {type(failure).__name__})"
        # No JSON holds a lone surrogate, and an error must be recordable above all.
        message = message.encode("utf-8", "backslashreplace").decode()
        if len(message) > longest_error_message:
            left_out = len(message) - longest_error_message
            message = f"{message[:longest_error_message]} ... ({left_out:,} characters more)"
        return cls(type=type(error).__name__, message=message)
