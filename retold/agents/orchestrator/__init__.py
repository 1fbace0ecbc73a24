"""The orchestrator: registered agents, workflows, and the workers that run them."""
