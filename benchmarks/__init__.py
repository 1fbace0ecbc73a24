"""How fast the log is, against the plain database below it and against its peers.

Run with ``python -m benchmarks``; read with ``docs/benchmarks.md``. Not shipped.
"""
