"""``retold db``: the schema of the database."""

# Heavy modules load in the command that needs them, so that the others start quickly.
# ruff: noqa: PLC0415

from __future__ import annotations

import asyncio
import sys
from typing import Annotated

import typer

from retold.cli.options import Output, Url, default_url
from retold.cli.output import Format, Record, print_object

app = typer.Typer(no_args_is_help=True, help="Make, migrate and check the database.")

_columns = {name: name for name in ("state", "schema", "needed")}
_moves = {name: name for name in ("before", "now")}


@app.command("upgrade")
def upgrade_command(url: Url = default_url, output: Output = Format.TABLE) -> None:
    """Make the database, or bring it to the schema of this release."""
    from retold.store.upkeep import upgrade

    found = asyncio.run(upgrade(url))
    record: Record = {"before": found.current, "now": found.head}
    print_object(record, output, rows=[record], columns=_moves)


@app.command("check")
def check_command(url: Url = default_url, output: Output = Format.TABLE) -> None:
    """Say which schema the database has; exit code 1 unless it is this release's."""
    from retold.store.schema import SchemaState
    from retold.store.upkeep import check

    found = asyncio.run(check(url))
    record: Record = {"state": found.state.value, "schema": found.current, "needed": found.head}
    print_object(record, output, rows=[record], columns=_columns)
    if found.state is not SchemaState.CURRENT:
        raise typer.Exit(1)


@app.command("sql")
def sql_command(url: Url = default_url) -> None:
    """Print the statements that make a new database, for review or for a DBA to run."""
    from retold.store.upkeep import sql

    sys.stdout.write(sql(url))


@app.command("downgrade")
def downgrade_command(
    revision: Annotated[str, typer.Argument(help="Schema to go back to, such as 0001.")],
    url: Url = default_url,
    output: Output = Format.TABLE,
) -> None:
    """Go back to an earlier schema. Events are never removed; read models are made anew."""
    from retold.store.upkeep import check, downgrade

    before = asyncio.run(downgrade(url, revision))
    now = asyncio.run(check(url))
    record: Record = {"before": before.current, "now": now.current}
    print_object(record, output, rows=[record], columns=_moves)
