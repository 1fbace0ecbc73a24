"""StatefulAgent: an AG2 agent whose conversation has topics, which shape its prompt."""
