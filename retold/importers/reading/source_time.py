"""Times of a source, kept as the text they came as beside their place in time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

_epoch = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class SourceTime:
    """A time by the source's clock.

    Attributes:
        text: exactly as it came.
        moment: in UTC. A text without a zone is taken as UTC digits: nothing is known of its
            zone, and such times compare with each other as given.
    """

    text: str
    moment: datetime

    @classmethod
    def parse(cls, text: str) -> SourceTime:
        """Return the time in an ISO 8601 text.

        Raises:
            ValueError: when it is no date with a time of day.
        """
        if _is_bare_date(text):
            # It would be taken for midnight, which is an invented time.
            raise ValueError("it has no time of day")
        moment = datetime.fromisoformat(text)
        try:
            return cls(text, moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC))
        except OverflowError as error:
            raise ValueError("it lies outside the years 1 to 9999") from error

    @classmethod
    def of_unix(cls, seconds: float) -> SourceTime:
        """Return the time that is so many seconds after 1970 began, in UTC.

        Raises:
            ValueError: when it lies outside the years 1 to 9999.
        """
        try:
            return cls(repr(seconds), _epoch + timedelta(seconds=seconds))
        except (OverflowError, ValueError) as error:
            raise ValueError("it lies outside the years 1 to 9999") from error


def _is_bare_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
