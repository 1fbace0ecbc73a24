"""A problem that is split until its pieces can be solved: its tree, and what is decided of it."""
