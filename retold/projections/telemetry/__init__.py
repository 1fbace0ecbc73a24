"""What operators watch: OpenTelemetry spans and metrics derived from the log, Prometheus text."""
