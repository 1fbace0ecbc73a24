"""A conversation's topic, mood and preferences, and how messages move it through its topics."""
