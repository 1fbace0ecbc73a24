"""The ``retold`` command: parses, calls the library, prints. Heavy modules load where needed."""
