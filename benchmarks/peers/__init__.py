"""Stores of conversations and events that others made, by their public interfaces.

Each module has one function, ``append``, which lets the callers append their messages at once,
each to a conversation of its own, and returns the seconds that took. Tables, conversations and
the peer's own event objects are made before the clock runs.
"""
