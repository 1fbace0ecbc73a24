"""Definitions are versioned: what changes gets a new number, what does not gets none."""

from __future__ import annotations

import pytest

from retold.domain.workflow.definition import Workflow
from retold.domain.workflow.events import WorkflowDefined
from retold.domain.workflow.versions import DefineWorkflow, workflow_versions
from retold.errors import WorkflowInvalid, WorkflowMismatch, WorkflowVersionConflict
from retold.testing import given
from tests.domain.workflow.played import step, workflow


def defined(workflow: Workflow) -> WorkflowDefined:
    return WorkflowDefined(workflow=workflow, content_hash=workflow.content_hash)


plain, other = workflow(step("a")), workflow(step("a"), step("b"))
first, second = workflow(step("a"), version=1), workflow(step("a"), step("b"), version=2)


def test_versions_are_numbered() -> None:
    given(workflow_versions).when(DefineWorkflow(workflow=plain)).then(defined(first))
    given(workflow_versions, defined(first)).when(DefineWorkflow(workflow=other)).then(
        defined(second)
    )


def test_the_same_definition_again_is_no_new_version() -> None:
    given(workflow_versions, defined(first)).when(DefineWorkflow(workflow=plain)).then()
    given(workflow_versions, defined(first)).when(DefineWorkflow(workflow=first)).then()
    # Going back to an earlier definition is a change.
    third = workflow(step("a"), version=3)
    given(workflow_versions, defined(first), defined(second)).when(
        DefineWorkflow(workflow=plain)
    ).then(defined(third))


@pytest.mark.parametrize("version", [1, 2])
def test_a_version_that_is_taken_is_refused(version: int) -> None:
    taken = other.model_copy(update={"version": version, "description": "other"})
    refused = (
        given(workflow_versions, defined(first), defined(second))
        .when(DefineWorkflow(workflow=taken))
        .raises(WorkflowVersionConflict)
    )
    assert (refused.version, refused.newest) == (version, 2)


def test_a_version_may_be_given_and_leave_out_numbers() -> None:
    ninth = other.model_copy(update={"version": 9})
    state = (
        given(workflow_versions, defined(first))
        .when(DefineWorkflow(workflow=ninth))
        .then(defined(ninth))
    )
    assert state.newest == ninth


def test_what_cannot_run_and_what_is_another_workflow_is_refused() -> None:
    cyclic = Workflow.model_validate({"name": "w", "steps": [step("a", "a")]})
    given(workflow_versions).when(DefineWorkflow(workflow=cyclic)).raises(WorkflowInvalid)
    renamed = plain.model_copy(update={"name": "renamed"})
    given(workflow_versions, defined(first)).when(DefineWorkflow(workflow=renamed)).raises(
        WorkflowMismatch
    )
