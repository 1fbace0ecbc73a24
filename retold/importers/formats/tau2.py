"""Simulations in the form τ²-bench writes them.

The file is ``{timestamp, info, tasks, simulations: [{id, task_id, start_time, end_time,
termination_reason, messages, ...}]}``. Times carry no zone. Tool calls are flat, with their
``requestor``; results carry an error flag; messages carry usage and cost. ``info`` (which holds
the system prompt) and a simulation's task are recorded once and named by each session.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from retold.domain.recording import ImportedCall, ImportedResult
from retold.errors import ImportFailed
from retold.importers.reading.document import check_keepable
from retold.importers.reading.record import Record
from retold.importers.reading.source_time import SourceTime
from retold.importers.source import SharedContent, SourceConversation, SourceMessage

_own_fields = ("info", "tasks", "simulations")


class Tau2:
    """The importer for τ²-bench simulations."""

    name = "tau2"
    form = "an object with info, tasks and simulations (a list of objects with id and messages)"
    markers = (b'"simulations"', b'"environment_info"')

    def recognises(self, document: object) -> bool:
        """Tell whether an object has simulations, or the fields around them."""
        return isinstance(document, dict) and (
            "simulations" in document or {"info", "tasks"} <= document.keys()
        )

    def count(self, document: object) -> int:
        """Return the number of simulations."""
        simulations = document.get("simulations") if isinstance(document, dict) else None
        return len(simulations) if isinstance(simulations, list) else 0

    def read(self, document: object, path: Path) -> Iterator[SourceConversation | ImportFailed]:
        """Yield each simulation, or the error that makes it unusable.

        Raises:
            MalformedRecord: when ``info``, ``tasks`` or the list of simulations is at fault.
        """
        run = _Run(Record.of(path, "$", document))
        for where, entry in run.record.items("simulations"):
            try:
                yield _read_simulation(run, where, entry)
            except ImportFailed as error:
                yield error


class _Run:
    """What a file says once for all of its simulations."""

    def __init__(self, record: Record) -> None:
        self.record = record
        info = record.optional_object("info")
        rest = {name: value for name, value in record.value.items() if name not in _own_fields}
        self.shared: tuple[SharedContent, ...] = ()
        if rest:
            file = Record(record.path, record.where, rest)
            self.shared = (SharedContent.of(file, "file", "tau2.file"),)
        self.agent: str | None = None
        self.domain: str | None = None
        self._models: dict[str, str | None] = {}
        if info is not None:
            self.shared += (SharedContent.of(info, "info", "tau2.info"),)
            agent = info.optional_object("agent_info")
            self.agent = agent.optional_text("llm") if agent else None
            user = info.optional_object("user_info")
            user_model = user.optional_text("llm") if user else None
            self._models = {"assistant": self.agent, "user": user_model}
            environment = info.optional_object("environment_info")
            self.domain = environment.optional_text("domain_name") if environment else None
        self._tasks: dict[str, Record] = {}
        for task in record.optional_objects("tasks"):
            self._tasks.setdefault(str(task.value.get("id")), task)

    def model_of(self, role: str) -> str | None:
        """Return the model that speaks in a role."""
        return self._models.get(role)

    def shared_with(self, task_id: str | None) -> tuple[SharedContent, ...]:
        """Return the contents a simulation of the task shares with others."""
        task = None if task_id is None else self._tasks.get(task_id)
        if task is None:
            return self.shared
        return (*self.shared, SharedContent.of(task, "task", "tau2.task"))


def _read_simulation(run: _Run, where: str, entry: object) -> SourceConversation:
    check_keepable(run.record.path, where, entry)
    record = Record.of(run.record.path, where, entry)
    task_id = record.key("task_id") if record.value.get("task_id") is not None else None
    trial = record.optional_count("trial")
    tags = {"task": task_id, "trial": None if trial is None else str(trial), "domain": run.domain}
    return SourceConversation(
        format=Tau2.name,
        session=record.text("id"),
        session_field="id",
        path=record.path,
        where=where,
        record=record.value,
        messages_at="messages",
        messages=[_read_message(run, message) for message in record.objects("messages")],
        started=_time(record, "start_time"),
        ended=_time(record, "end_time"),
        end_reason=record.optional_text("termination_reason"),
        agent=run.agent,
        tags={name: value for name, value in tags.items() if value},
        shared=run.shared_with(task_id),
    )


def _read_message(run: _Run, message: Record) -> SourceMessage:
    role = message.text("role")
    content = message.value.get("content")
    if content is not None and not isinstance(content, str | list):
        raise message.expected("content", "a text, a list of parts or null")
    usage = message.optional_object("usage")
    result = ImportedResult(error=message.optional_flag("error")) if role == "tool" else None
    return SourceMessage(
        source=message.value,
        role=role,
        # What took no tokens, such as a greeting, is from no model.
        model=run.model_of(role) if usage else None,
        calls=tuple(_read_call(call) for call in message.optional_objects("tool_calls")),
        result=result,
        answered_id=message.optional_text("id") if result else None,
        time=_time(message, "timestamp"),
        prompt_tokens=usage.optional_count("prompt_tokens") if usage else None,
        completion_tokens=usage.optional_count("completion_tokens") if usage else None,
        cost_usd=message.optional_amount("cost"),
    )


def _read_call(call: Record) -> ImportedCall:
    arguments = call.value.get("arguments")
    if arguments is not None and not isinstance(arguments, str | dict):
        raise call.expected("arguments", "an object, a text or null")
    return ImportedCall(
        name=call.text("name"),
        id=call.optional_text("id"),
        arguments=arguments,
        actor=call.optional_text("requestor"),
    )


def _time(record: Record, field: str) -> SourceTime | None:
    text = record.optional_text(field)
    if text is None:
        return None
    try:
        return SourceTime.parse(text)
    except ValueError as error:
        raise record.malformed(field, f"{text!r} is no ISO 8601 time ({error})") from error
