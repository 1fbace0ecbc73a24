"""Policies: what is allowed in a turn, checked before and after models and tools are called."""
