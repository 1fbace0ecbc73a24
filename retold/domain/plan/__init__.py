"""A conversation plan: its steps, what happens to them, and how it is read from a model."""
