"""How read models are kept: builds, checkpoints, folding, rebuilding, following, comparing."""
