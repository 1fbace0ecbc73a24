"""``retold db``: the schema of the database."""

from __future__ import annotations

import typer

app = typer.Typer(no_args_is_help=True, help="Make, migrate and check the database.")
