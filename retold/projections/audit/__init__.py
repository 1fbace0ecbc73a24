"""Asking the log: named queries and read-only SQL over the read models."""
