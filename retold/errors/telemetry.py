"""What keeps telemetry from leaving the log."""

from __future__ import annotations

from retold.errors.root import RetoldError


class TelemetryError(RetoldError):
    """Telemetry could not be given to whom it is for; the log is as it was."""

    code = "telemetry_error"


class ExportFailed(TelemetryError):
    """Raised when an exporter did not take spans at any attempt.

    Attributes:
        group: name of the consumer group that exports.
        exporter: class of the exporter.
        spans: how many it was to take.
        attempts: how often it was tried.
    """

    code = "export_failed"

    def __init__(self, group: str, exporter: str, *, spans: int, attempts: int) -> None:
        self.group = group
        self.exporter = exporter
        self.spans = spans
        self.attempts = attempts
        super().__init__(
            f"Consumer group {group!r}: {exporter} did not take {spans} spans at {attempts} "
            "attempts. Nothing is lost: see that the collector answers and start the export again, "
            "and it goes on with these."
        )
