"""Figures of agents, workflows and steps, all of them folds over the log."""
