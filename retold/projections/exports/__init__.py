"""A session out of the log, in forms for people and for other programs."""
