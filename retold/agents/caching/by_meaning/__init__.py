"""The levels of a cache that compare meanings, and how they learn which answers are the same."""
