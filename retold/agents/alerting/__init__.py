"""Watching the rules of alerts, and telling whoever wants to know."""
