"""Results as a table for people."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from benchmarks.result import Bar, Measured, Result, Verdict

_styles = {Verdict.AIM: "bold green", Verdict.PASS: "green", Verdict.MISS: "bold red"}
_width_of_a_pipe = 220


def print_table(results: Sequence[Result]) -> None:
    """Print the results on standard output."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_width_of_a_pipe, no_color=True)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("benchmark")
    table.add_column("case", overflow="fold")
    for heading in ("unit", "retold", "against", "its", "ratio", "min..max", "bar", "verdict"):
        right = heading in {"retold", "its", "ratio"}
        table.add_column(heading, justify="right" if right else "left", overflow="fold")
    ends = {one.benchmark: place for place, one in enumerate(results)}
    for place, result in enumerate(results):
        table.add_row(*_cells(result), end_section=ends[result.benchmark] == place)
    console.print(table)
    notes = {f"{one.case}: {one.note}" for one in results if isinstance(one, Measured) and one.note}
    for note in sorted(notes):
        console.print(Text(note))


def line_of(result: Result) -> str:
    """Return a result in one line, to show how far the run is."""
    if not isinstance(result, Measured):
        return f"{result.benchmark}: {result.case}: {result.reason}"
    figure = figure_text(median(result.compared))
    times = "x" if result.reference else f" {result.unit}"
    return f"{result.benchmark}: {result.case}: {figure}{times} ({result.verdict})"


def _cells(result: Result) -> list[Text]:
    if not isinstance(result, Measured):
        cells = [result.benchmark, result.case, "", "", result.reason, "", "", "", ""]
        return [*map(Text, cells), Text(result.verdict)]
    reference = result.reference
    compared = result.compared
    cells = [
        result.benchmark,
        result.case,
        result.unit,
        figure_text(median(result.rounds)),
        reference.name if reference else "",
        figure_text(median(reference.rounds)) if reference else "",
        figure_text(median(compared)) if reference else "",
        f"{figure_text(min(compared))}..{figure_text(max(compared))}" if len(compared) > 1 else "",
        bar_text(result.bar),
    ]
    return [*map(Text, cells), Text(result.verdict, style=_styles.get(result.verdict, ""))]


def bar_text(bar: Bar | None) -> str:
    """Return what a figure has to reach, and what is aimed at."""
    if bar is None:
        return ""
    parts = []
    if bar.at_least is not None:
        parts.append(f"at least {bar.at_least:g}")
    if bar.at_most is not None:
        parts.append(f"at most {bar.at_most:g}")
    if bar.every_round:
        parts.append("in every round")
    if bar.aim is not None:
        parts.append(f"aim {bar.aim:g}")
    return ", ".join(parts)


def figure_text(figure: float) -> str:
    """Return a figure with the digits that say something."""
    if abs(figure) >= 100:
        return f"{figure:,.0f}"
    return f"{figure:.1f}" if abs(figure) >= 10 else f"{figure:.2f}"
