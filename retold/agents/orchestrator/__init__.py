"""The orchestrator of agents: workflows that run over several agents and worker processes."""
