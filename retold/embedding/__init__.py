"""Texts as vectors of their meaning."""
