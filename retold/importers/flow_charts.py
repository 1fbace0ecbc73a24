"""Flow charts of tasks, as the STAR set has them: a file a task, with the graph of its nodes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

from retold.errors import InvalidFlowChart
from retold.importers.reading.document import parse, read_bytes

FlowChart: TypeAlias = Mapping[str, str | tuple[str, ...]]
"""Next node, or nodes, by node; the first key is the first node."""


def read_flow_charts(folder: Path) -> dict[str, FlowChart]:
    """Return the flow charts in a folder, by the names of their files without ``.json``.

    These are the names by which a STAR dialogue's scenario calls its tasks.

    Args:
        folder: of files ``{"graph": {node: next node or list of them}}``.

    Raises:
        InvalidFlowChart: when the folder has none, or a file is none.
        UnreadableFile: when a file cannot be read, or holds no JSON.
    """
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".json")
    except OSError as error:
        raise InvalidFlowChart(folder, f"it is no folder to read ({error.strerror})") from error
    if not paths:
        raise InvalidFlowChart(folder, "it has no .json file in it")
    return {path.stem: _flow_chart(path) for path in paths}


def _flow_chart(path: Path) -> FlowChart:
    document = parse(read_bytes(path), path)
    graph = document.get("graph") if isinstance(document, Mapping) else None
    if not isinstance(graph, Mapping) or not graph:
        raise InvalidFlowChart(path, "it has no 'graph', an object of nodes")
    return {node: _following(path, node, to) for node, to in graph.items()}


def _following(path: Path, node: str, to: object) -> str | tuple[str, ...]:
    if isinstance(to, str):
        return to
    if isinstance(to, list) and all(isinstance(one, str) for one in to):
        return tuple(to)
    raise InvalidFlowChart(path, f"what follows the node {node!r} is no name, nor a list of names")
