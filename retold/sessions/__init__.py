"""Replayable sessions: open a log, ask an agent in a session, read it as of any moment."""
