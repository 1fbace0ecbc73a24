"""A plan out of what a model answered: JSON of the form it was asked for, or a list in words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from retold.domain.listed_text import ListItem, is_item, list_items, plain
from retold.domain.plan.events import ReadAs
from retold.domain.plan.labels import joined, meaningful, split_labels
from retold.domain.plan.step import StepDraft
from retold.domain.plan.tabular import table_rows

longest_part = 2_000
# What a model can have meant as a plan; what is longer is cut before it is looked into.
longest_answer = 200_000
_fenced = re.compile(r"```[a-z]*[ \t]*\n(.*?)```", re.DOTALL | re.IGNORECASE)
_most_fenced = 20
_list_of_objects = re.compile(r"\[\s*\{")
_between_objects = re.compile(r"[\s,]*")
_humps = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_words = re.compile(r"[^\W_]+")
_bare_number = re.compile(r"^(?:step\s*)?\d{1,4}[.):]?$", re.IGNORECASE)
_step_number = re.compile(r"^step\s*\d{1,4}\s*[.):\-\u2013\u2014]\s*", re.IGNORECASE)
_names: Mapping[str, tuple[str, ...]] = {
    "description": ("description", "step_description", "action", "title", "name", "text", "step"),
    "expected_response": (
        "expected_response",
        "expected_user_response",
        "expected_user_response_type",
        "expected",
    ),
    "success_criteria": ("success_criteria", "success_criterion", "success", "criteria"),
    "fallback": ("fallback", "fallbacks", "fallback_action", "fallback_actions"),
}


@dataclass(frozen=True, slots=True)
class ReadPlan:
    """Steps read from an answer.

    Attributes:
        steps: in order; none when there is no plan in it.
        read_as: which form it had.
        left_out: steps beyond the limit.
    """

    steps: tuple[StepDraft, ...]
    read_as: ReadAs
    left_out: int = 0


def read_plan(answer: str, *, max_steps: int) -> ReadPlan:
    """Read a plan. It never raises, and takes time in proportion to the answer.

    Args:
        answer: of a model.
        max_steps: steps taken; more are left out, and counted.
    """
    answer = answer[:longest_answer]
    steps, read_as = _steps_in_json(answer), ReadAs.JSON
    if not steps:
        steps, read_as = _steps_in_text(answer), ReadAs.TEXT
    return ReadPlan(tuple(steps[:max_steps]), read_as, max(len(steps) - max_steps, 0))


# JSON ------------------------------------------------------------------------------------------


def _steps_in_json(answer: str) -> list[StepDraft]:
    for value in _json_in(answer):
        drafts = map(_draft_of_json, _entries(value))
        steps = [draft for draft in drafts if draft is not None]
        if steps:
            return steps
    return []


def _draft_of_json(entry: object) -> StepDraft | None:
    if isinstance(entry, str):
        return _draft({"description": entry})
    if not isinstance(entry, Mapping):
        return None
    parts = {_plain_name(name): value for name, value in entry.items()}
    return _draft({name: _of_any_name(parts, names) for name, names in _names.items()})


def _json_in(answer: str) -> Iterator[Any]:
    """Yield what may be the plan: all of it, what is fenced, what follows some words."""
    yield from _decoded(answer)
    for fenced in islice(_fenced.finditer(answer), _most_fenced):
        yield from _decoded(fenced[1])
    listed = _list_of_objects.search(answer)
    if listed is not None and not list_items(answer[: listed.start()]):
        yield from _decoded(answer[listed.start() :])
    yield from _decoded(answer[answer.find("{") :])


def _decoded(text: str) -> Iterator[Any]:
    """Yield the JSON a text begins with, if it is some; objects one after the other as a list."""
    text = text.strip()
    found: list[Any] = []
    place = 0
    while text[place : place + 1] == "{" or (not found and text[:1] == "["):
        try:
            value, place = json.JSONDecoder().raw_decode(text, place)
        except (ValueError, RecursionError):
            break
        found.append(value)
        if not isinstance(value, Mapping) or _entries(value) != [value]:
            break
        between = _between_objects.match(text, place)
        place = place if between is None else between.end()
    if found:
        yield found[0] if len(found) == 1 else found


def _entries(value: Any) -> list[Any]:
    """Return the list of steps in a JSON value, whatever it is called."""
    # A loop: how deep a model nests is up to the model.
    while isinstance(value, Mapping):
        named = {_plain_name(name): part for name, part in value.items()}
        parts = [named[name] for name in ("steps", "plan", "conversation_plan") if name in named]
        inner = next((part for part in parts if isinstance(part, Mapping | list)), None)
        if inner is None:
            if "description" in named:
                return [value]
            steps = list(value.values())
            return steps if all(map(_is_described, steps)) else []
        value = inner
    return value if isinstance(value, list) else []


def _is_described(value: object) -> bool:
    return isinstance(value, Mapping) and "description" in map(_plain_name, value)


def _plain_name(name: object) -> str:
    """Return ``success_criteria`` for ``Success Criteria``, ``successCriteria`` and the like."""
    return "_".join(_words.findall(_humps.sub(" ", str(name)))).lower()


def _of_any_name(entry: Mapping[str, Any], names: tuple[str, ...]) -> str:
    for name in names:
        value = entry.get(name)
        if isinstance(value, str) and value.strip():
            return value
        if isinstance(value, list):
            return "; ".join(str(part) for part in value if isinstance(part, str | int | float))
    return ""


# A list in words -------------------------------------------------------------------------------


def _steps_in_text(answer: str) -> list[StepDraft]:
    if answer.lstrip()[:1] in {"{", "["}:
        return []  # JSON that is none: its lines are no list
    rows = (_draft_of_json(_without_number(row)) for row in table_rows(answer))
    tabular = [draft for draft in rows if draft is not None]
    if tabular:
        return tabular
    roots = list_items(_with_labels_as_bullets(answer))
    if any(item.number is not None for item in roots):
        # Bullets before the first number introduce the plan.
        roots = roots[next(i for i, item in enumerate(roots) if item.number is not None) :]
    steps: list[dict[str, str]] = []
    for item in roots:
        parts = _parts_of(item)
        labelled = item.number is None and not parts.get("description") and len(parts) > 0
        if labelled and steps:
            # A label in the margin belongs to the step above it.
            for name, text in parts.items():
                steps[-1][name] = joined(steps[-1].get(name, ""), text)
        else:
            steps.append(parts)
    return [draft for draft in map(_draft, steps) if draft is not None]


def _without_number(row: Mapping[str, str]) -> Mapping[str, str]:
    """Return a row of a table without the number of its step, which describes nothing."""
    return {name: cell for name, cell in row.items() if not _bare_number.match(cell)}


def _with_labels_as_bullets(answer: str) -> str:
    """Return a list in which lines that begin with a label are items, whatever is between them."""
    lines, has_begun = [], False
    for line in answer.splitlines():
        text = line.strip()
        if is_item(line):
            has_begun = True
        elif has_begun and ":" in text:
            head, labelled = split_labels(plain(text))
            if labelled and not head:
                line = f"{line[: len(line) - len(line.lstrip())]}- {text}"  # noqa: PLW2901 - as it is read
        lines.append(line)
    return "\n".join(lines)


def _parts_of(item: ListItem) -> dict[str, str]:
    """Return the parts of a step by field."""
    head, parts = split_labels(_step_number.sub("", item.text))
    described = joined(head, parts.pop("description", ""))
    for below in item.items:
        text, labelled = split_labels(below.text)
        nested = "; ".join(_all_text(below.items))
        if labelled and nested:
            last = list(labelled)[-1]
            labelled[last] = joined(labelled[last], nested)
        elif nested:
            text = joined(text, nested)
        described = joined(joined(described, text), labelled.pop("description", ""))
        for name, part in labelled.items():
            parts[name] = joined(parts.get(name, ""), part)
    return {name: text for name, text in {"description": described, **parts}.items() if text}


def _all_text(items: list[ListItem]) -> Iterator[str]:
    # A stack of its own: how deep a model nests is up to the model.
    stack = list(reversed(items))
    while stack:
        item = stack.pop()
        if item.text:
            yield item.text
        stack += reversed(item.items)


def _draft(parts: Mapping[str, str]) -> StepDraft | None:
    """Return a step of these parts; None when they say nothing."""
    said = {name: _cut(meaningful(text)) for name, text in parts.items()}
    description = said.pop("description", None)
    # A step whose words are missing is still one if it says what is expected of it.
    description = description or said.get("expected_response") or said.get("success_criteria")
    return None if description is None else StepDraft(description=description, **said)  # type: ignore[arg-type] # names are checked


def _cut(text: str | None) -> str | None:
    if text is None or len(text) <= longest_part:
        return text
    return f"{text[:longest_part]} ... ({len(text) - longest_part:,} characters more)"
