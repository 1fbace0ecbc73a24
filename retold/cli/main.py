"""The ``retold`` command and its exit codes.

0 ok; 1 differences or failures; 2 wrong usage, a database, a session or a consumer group
that cannot be used included; 3 the log is not what was written.
"""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from retold import __version__
from retold.cli import cache, db, groups, otel, projections, query, sessions, subjects
from retold.cli.explain import explain_command, why_command
from retold.cli.import_ import import_command
from retold.cli.metrics import metrics_command
from retold.cli.options import actor_given
from retold.cli.output import say
from retold.cli.sql import sql_command
from retold.cli.status import status_command
from retold.cli.verify import verify_command
from retold.cli.wording import in_plain_words
from retold.cli.worker import worker_command
from retold.errors import (
    CacheEntryNotFound,
    CorruptEvent,
    EmptySearch,
    ExplainError,
    ExportFormatUnavailable,
    ExportNotWritten,
    FutureSchemaVersion,
    GroupMismatch,
    GroupNotFound,
    InlineProjectionRequired,
    InvalidCursor,
    InvalidGroup,
    InvalidPage,
    InvalidParameter,
    InvalidStreamName,
    InvalidWorkQueue,
    MomentBeforeLog,
    NotALookup,
    NothingToInvalidate,
    OpenError,
    OrchestratorUnusable,
    ParkedEventNotFound,
    ProjectionEventNotParked,
    ProjectionModuleUnusable,
    ProjectionNotKept,
    RetoldError,
    SessionNotFound,
    SqlInvalid,
    SqlRefused,
    SubjectNotFound,
    UnknownParameter,
    UnknownProjection,
    UnknownQuery,
    UnknownRelease,
)

failure, usage, integrity = 1, 2, 3
_usage_errors = (
    OpenError,
    OrchestratorUnusable,
    InvalidStreamName,
    InvalidCursor,
    SessionNotFound,
    SubjectNotFound,
    ExplainError,
    ExportFormatUnavailable,
    ExportNotWritten,
    FutureSchemaVersion,
    InvalidGroup,
    InvalidWorkQueue,
    GroupMismatch,
    GroupNotFound,
    ParkedEventNotFound,
    ProjectionEventNotParked,
    UnknownProjection,
    ProjectionModuleUnusable,
    ProjectionNotKept,
    InlineProjectionRequired,
    EmptySearch,
    UnknownQuery,
    UnknownParameter,
    InvalidParameter,
    InvalidPage,
    MomentBeforeLog,
    UnknownRelease,
    CacheEntryNotFound,
    NotALookup,
    NothingToInvalidate,
    SqlRefused,
    SqlInvalid,
)


def exit_code(error: RetoldError) -> int:
    """Return the exit code of a command that ended with ``error``."""
    if isinstance(error, CorruptEvent):
        return integrity
    return usage if isinstance(error, _usage_errors) else failure


class _Commands(TyperGroup):
    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except RetoldError as error:
            say(str(error), style="red")
            raise typer.Exit(exit_code(error)) from error
        except typer.BadParameter as error:
            error.message = in_plain_words(error.message)
            raise


app = typer.Typer(
    cls=_Commands,
    name="retold",
    no_args_is_help=True,
    # A traceback with the values of variables would show recorded conversations and passwords.
    pretty_exceptions_enable=False,
    help="The system of record for AG2 agents: import, read, verify.",
)
app.command("import")(import_command)
app.add_typer(sessions.app, name="sessions")
app.add_typer(subjects.app, name="subjects")
app.command("explain")(explain_command)
app.command("why")(why_command)
app.command("status")(status_command)
app.command("worker")(worker_command)
app.command("verify")(verify_command)
app.add_typer(query.app, name="query")
app.command("sql")(sql_command)
app.add_typer(projections.app, name="projections")
app.add_typer(groups.app, name="groups")
app.add_typer(otel.app, name="otel")
app.command("metrics")(metrics_command)
app.add_typer(cache.app, name="cache")
app.add_typer(db.app, name="db")


def _print_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"retold {__version__}\n")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
    actor: Annotated[
        str | None,
        typer.Option(
            "--actor",
            envvar="RETOLD_ACTOR",
            metavar="NAME",
            help="In whose name reads are recorded; the system's user by default.",
        ),
    ] = None,
) -> None:
    """The system of record for AG2 agents."""
    del version  # its callback has answered already
    actor_given.set(actor)


def main() -> None:
    """Run the command line; it ends the process."""
    app()
