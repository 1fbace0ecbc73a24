"""An agent that delegates to sub-agents, each in a nested conversation of its own."""
