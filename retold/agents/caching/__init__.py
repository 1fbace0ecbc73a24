"""Caches around model calls: an answer is given again when the same is asked."""
