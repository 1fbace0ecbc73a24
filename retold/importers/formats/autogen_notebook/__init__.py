"""Notebooks with runs of AutoGen 0.2: their console text, and the results they show."""
