"""Why things are as they are: the events behind a state, their causes and effects."""
