"""Rules that speak against serving an answer, whatever the similarity of the two questions."""
