"""The versions of a workflow's definition, as they were defined one after the other."""

from __future__ import annotations

from collections.abc import Sequence

from retold.domain.decider import Decider
from retold.domain.event import DomainEvent
from retold.domain.value import Value
from retold.domain.workflow.defining import check_workflow
from retold.domain.workflow.definition import Workflow
from retold.domain.workflow.events import WorkflowDefined
from retold.errors import WorkflowMismatch, WorkflowVersionConflict


class DefineWorkflow(Value):
    """Define a workflow. Nothing happens when its newest version is the same."""

    workflow: Workflow


class WorkflowVersions(Value):
    """The definitions of one workflow.

    Attributes:
        newest: with its version; None before the first.
        content_hash: of the newest.
    """

    newest: Workflow | None = None
    content_hash: str | None = None


def decide(command: DefineWorkflow, state: WorkflowVersions) -> Sequence[DomainEvent]:
    """Return what happens upon a command.

    Raises:
        WorkflowInvalid: when the definition cannot be run.
        WorkflowMismatch: when it is that of another workflow.
        WorkflowVersionConflict: when it differs from the newest and its version is not above that.
    """
    workflow, newest = check_workflow(command.workflow), state.newest
    version = 0 if newest is None else newest.version or 0
    if newest is not None and workflow.name != newest.name:
        raise WorkflowMismatch(newest.name, workflow.name)
    content_hash = workflow.content_hash
    if content_hash == state.content_hash and workflow.version in {None, version}:
        return []
    if workflow.version is None:
        workflow = workflow.model_copy(update={"version": version + 1})
    elif workflow.version <= version:
        raise WorkflowVersionConflict(workflow.name, workflow.version, version)
    return [WorkflowDefined(workflow=workflow, content_hash=content_hash)]


def evolve(state: WorkflowVersions, event: DomainEvent) -> WorkflowVersions:
    """Return the state after an event."""
    if not isinstance(event, WorkflowDefined):
        return state
    return WorkflowVersions(newest=event.workflow, content_hash=event.content_hash)


workflow_versions: Decider[DefineWorkflow, WorkflowVersions] = Decider(
    "workflow_versions", WorkflowVersions, decide, evolve, (WorkflowDefined,)
)
"""The versions of a workflow, in the stream ``workflow_definition-<name>``."""
