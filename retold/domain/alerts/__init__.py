"""Alerts: rules over figures, and what is decided about them."""
