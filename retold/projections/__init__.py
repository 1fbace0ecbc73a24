"""Read models: folds over the log, and how they are kept and asked. Knows SQL, not ag2."""
