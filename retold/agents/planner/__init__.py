"""ConversationPlanner: a conversation that follows a plan, step by step."""
