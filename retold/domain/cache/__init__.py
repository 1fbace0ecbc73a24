"""Answers of models that are kept to be given again: what happens to them, and what is decided."""
