"""``python -m benchmarks [NAME...]``: measure, print a table, write JSON."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from benchmarks.measure import Settings
from benchmarks.report import write_report
from benchmarks.result import Result
from benchmarks.suite import benchmarks
from benchmarks.table import line_of, print_table

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    names: Annotated[
        list[str] | None, typer.Argument(help=f"Of {', '.join(benchmarks)}; without any, all.")
    ] = None,
    json: Annotated[Path | None, typer.Option(help="Also write the results to this file.")] = None,
    rounds: Annotated[int, typer.Option(min=1, help="How often each contender runs.")] = 5,
    quick: Annotated[  # noqa: FBT002 - a flag of the command line
        bool, typer.Option("--quick", help="A small share of the work, to see that it runs.")
    ] = False,
) -> None:
    """Measure the log against the plain database below it and against its peers."""
    chosen = names or list(benchmarks)
    for name in chosen:
        if name not in benchmarks:
            raise typer.BadParameter(f"no benchmark {name!r}; there are {', '.join(benchmarks)}")
    settings = Settings(rounds=rounds, quick=quick)
    progress = Console(stderr=True, highlight=False)
    begun, begin = datetime.now(UTC), time.perf_counter()
    results: list[Result] = []
    for name in chosen:
        for result in benchmarks[name](settings):
            results.append(result)
            progress.print(Text(line_of(result)), soft_wrap=True)
    print_table(results)
    if json is not None:
        seconds = time.perf_counter() - begin
        write_report(json, results, settings, begun=begun, seconds=seconds)


if __name__ == "__main__":
    app()
