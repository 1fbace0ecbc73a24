"""Writes the reference of queries and views in docs/queries.md, between its two marks.

Run it after a query or a view changed: ``python -m tools.query_reference``. A test holds the page
to what this would write.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from retold.projections.audit.queries import queries
from retold.projections.audit.query import Query, SqlQuery
from retold.projections.audit.views import all_views

page = Path(__file__).parents[1] / "docs" / "queries.md"
begin, end = "<!-- reference -->\n", "<!-- end of reference -->\n"


def with_reference(text: str) -> str:
    """Return the page with the reference as it is now."""
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    return before + begin + reference() + end + after


def reference() -> str:
    """Return the sections of all queries and views."""
    lines = ["", "## The queries", ""]
    for name in queries:
        lines += _query(queries[name])
    lines += ["## The views", ""]
    for view in all_views:
        lines += [f"### {view.name}", "", f"{view.description.capitalize()}.", ""]
        lines += [f"* `{name}`: {meaning}" for name, meaning in view.columns.items()]
        lines.append("")
    return "\n".join(lines) + "\n"


def _query(query: Query[Any]) -> Iterator[str]:
    yield from (f"### {query.name}", "", f"{_sentence(query.description)}", "")
    for parameter in query.parameters:
        kind = " or ".join(parameter.choices) or parameter.kind.value
        needed = ", required" if parameter.required else ""
        default = "" if parameter.default is None else f", {parameter.default} by default"
        yield f"* `{parameter.name}` ({kind}{needed}{default}): {parameter.description}"
    if query.parameters:
        yield ""
    yield from (f"Columns: {', '.join(f'`{name}`' for name in query.columns)}.", "")
    if isinstance(query, SqlQuery):
        yield from ("```sql", query.sql(), "```", "")


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


if __name__ == "__main__":
    page.write_text(with_reference(page.read_text()))
