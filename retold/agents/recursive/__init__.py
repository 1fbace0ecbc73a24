"""An agent that splits a problem until its pieces can be solved."""
