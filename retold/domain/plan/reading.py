"""A plan out of what a model answered: JSON of the form it was asked for, or a list in words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from retold.domain.listed_text import ListItem, list_items
from retold.domain.plan.events import ReadAs
from retold.domain.plan.labels import joined, meaningful, split_labels
from retold.domain.plan.step import StepDraft

longest_part = 2_000
# What a model can have meant as a plan; what is longer is cut before it is looked into.
longest_answer = 200_000
_fenced = re.compile(r"```[a-z]*[ \t]*\n(.*?)```", re.DOTALL | re.IGNORECASE)
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
    steps, read_as = list(_steps_in_json(answer)), ReadAs.JSON
    if not steps:
        steps, read_as = _steps_in_text(answer), ReadAs.TEXT
    return ReadPlan(tuple(steps[:max_steps]), read_as, max(len(steps) - max_steps, 0))


# JSON ------------------------------------------------------------------------------------------


def _steps_in_json(answer: str) -> Iterator[StepDraft]:
    entries = _entries(_json_in(answer))
    for entry in entries:
        parts = {"description": entry} if isinstance(entry, str) else entry
        if isinstance(parts, Mapping):
            draft = _draft({name: _of_any_name(parts, names) for name, names in _names.items()})
            if draft is not None:
                yield draft


def _json_in(answer: str) -> Any:
    fenced = _fenced.search(answer)
    for text in (answer, fenced[1] if fenced else "", answer[answer.find("{") :]):
        if text.strip()[:1] in {"{", "["}:
            try:
                return json.JSONDecoder().raw_decode(text.strip())[0]
            except (ValueError, RecursionError):
                continue
    return None


def _entries(value: Any) -> list[Any]:
    """Return the list of steps in a JSON value, whatever it is called."""
    if isinstance(value, list):
        return value
    if not isinstance(value, Mapping):
        return []
    for name in ("steps", "plan", "conversation_plan"):
        found = value.get(name)
        if isinstance(found, Mapping):
            return _entries(found)
        if isinstance(found, list):
            return found
    return [value] if "description" in value else []


def _of_any_name(entry: Mapping[Any, Any], names: tuple[str, ...]) -> str:
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
    roots = list_items(answer)
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
