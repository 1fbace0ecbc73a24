"""Workflows: how they are defined and checked, and how a run of one is decided step by step."""
