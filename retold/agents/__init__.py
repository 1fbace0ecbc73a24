"""The AG2 side: everything that attaches to an agent, and the only floor that imports ag2 first."""
