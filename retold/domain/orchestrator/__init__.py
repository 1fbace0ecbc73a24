"""The agents of an orchestrator, and what is decided about them."""
