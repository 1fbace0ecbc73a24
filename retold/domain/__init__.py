"""The facts and the rules: events, deciders and folds. Imports neither ag2 nor SQL."""
