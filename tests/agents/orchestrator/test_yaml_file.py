"""Workflows from YAML: what they say, and every problem with its line."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given, strategies as st

from retold.agents.orchestrator.yaml_file import largest_file, load_workflows, read_workflows
from retold.domain.workflow.defining import define_workflow
from retold.errors import WorkflowFileUnreadable, WorkflowInvalid, WorkflowProblem

agents = {"researcher": ["research"], "developer": ["coding"], "reviewer": ["review"]}

feature_development = """\
name: feature_development
steps:
  - name: requirements_analysis
    agent: researcher
    task: Analyze requirements for {{ input.feature }}
  - name: implementation
    capability: coding
    task: |
      Implement {{ input.feature }}
      by {{ requirements_analysis }}
    retry: &patient {attempts: 3, wait_initial: 0.5}
    fallback: {agent: reviewer}
  - name: code_review
    agent: reviewer
    task: Review {{ implementation }}
    condition: exists(implementation)
    retry: {<<: *patient, attempts: 2}
    fallback: [{capability: research}, {answer: null}]
    fan_out: {over: ["a", 'b', 3, 4.5, true, ~], max_parallel: 2}
    approval: Really?
    timeout: 30
"""


def problems(text: str) -> list[WorkflowProblem]:
    with pytest.raises(WorkflowInvalid) as refused:
        read_workflows(dedent(text), source="it.yaml", agents=agents)
    assert refused.value.source == "it.yaml"
    return list(refused.value.problems)


def found(text: str) -> list[tuple[str, int | None]]:
    return [(problem.code, problem.line) for problem in problems(text)]


def test_a_file_says_what_python_says(tmp_path: Path) -> None:
    path = tmp_path / "workflows.yaml"
    path.write_text(
        "﻿" + feature_development + "---\n{name: other, steps: [{name: a, agent: "
        "developer, task: x}]}\n",
        encoding="utf-8",
    )
    loaded, other = load_workflows(path, agents=agents)
    assert other.name == "other"
    assert loaded == define_workflow(
        "feature_development",
        [
            {
                "name": "requirements_analysis",
                "agent": "researcher",
                "task": "Analyze requirements for {{ input.feature }}",
            },
            {
                "name": "implementation",
                "capability": "coding",
                "task": "Implement {{ input.feature }}\nby {{ requirements_analysis }}\n",
                "retry": {"attempts": 3, "wait_initial": 0.5},
                "fallback": {"agent": "reviewer"},
            },
            {
                "name": "code_review",
                "agent": "reviewer",
                "task": "Review {{ implementation }}",
                "condition": "exists(implementation)",
                "retry": {"attempts": 2, "wait_initial": 0.5},
                "fallback": [{"capability": "research"}, {"answer": None}],
                "fan_out": {"over": ["a", "b", 3, 4.5, True, None], "max_parallel": 2},
                "approval": "Really?",
                "timeout": 30,
            },
        ],
        agents=agents,
    )


def test_every_problem_has_its_line() -> None:
    listed = problems(
        """\
        name: broken
        verzion: 3
        steps:
          - name: a
            agent: nobody
            task: Do it
            retry:
              attempts: -2
          - name: b
            capability: cooking
            depends_on: [a, zz]
            task: "{{ c }}"
            task: again
            timeout: 2020-01-01
          - {name: c, agent: developer, task: x, depends_on: c}
          - just a text
        """
    )
    assert [(problem.code, problem.line, problem.column) for problem in listed] == [
        ("unknown_field", 2, 1),
        ("unknown_agent", 5, 5),
        ("invalid_limit", 8, 7),
        ("unknown_capability", 10, 5),
        ("unknown_dependency", 11, 21),
        ("duplicate_key", 13, 5),
        ("invalid_yaml", 14, 14),
        ("cyclic_dependency", 15, 42),
        ("invalid_value", 16, 5),
    ]
    assert "line 8, column 7: steps[0].retry.attempts (step 'a'): it is -2" in str(listed[2])


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("", "not_a_workflow", 1),
        ("# nothing\n", "not_a_workflow", 1),
        ("- 1\n", "not_a_workflow", 1),
        ("name: w\nsteps: [", "invalid_yaml", 2),
        ("name: w\n  steps: 3", "invalid_yaml", 2),
        ("name: 'w", "invalid_yaml", 1),
        ("name: w\n\tsteps: []", "invalid_yaml", 2),
        ("a: 1\nb: \x07", "invalid_yaml", 2),
        ("a: *nowhere", "invalid_yaml", 1),
        ("[" * 1_500, "invalid_yaml", 1),
        ("name: w\nsteps: " + "[" * 60 + "]" * 60, "invalid_yaml", 2),
        ("&a [*a]", "invalid_yaml", 1),
        ("name: w\nsteps: &s\n  - *s\n", "invalid_yaml", 2),
        ("name: w\nx: .nan", "invalid_yaml", 2),
        ("name: w\n? [1, 2]\n: 3", "invalid_yaml", 2),
        ("name: w\nx: !!python/object/apply:os.system [ls]", "invalid_yaml", 2),
        ("name: w\nx: !!binary aGk=", "invalid_yaml", 2),
        ("name: w\nx: !!int many", "invalid_yaml", 2),
        ("name: w\nx: !mine {}", "invalid_yaml", 2),
        ("name: w\n<<: 3", "invalid_yaml", 2),
        ("name: w\nname: v\nsteps: []", "duplicate_key", 2),
        ("name: w\nsteps: []\n---\nname: w\nsteps: []", "duplicate_workflow", 4),
    ],
)
def test_what_is_no_workflow_is_refused_by_line(text: str, code: str, line: int) -> None:
    listed = found(text)
    assert code in {code for code, _ in listed}
    assert min(at for found_code, at in listed if found_code == code and at is not None) == line


def test_aliases_cannot_make_a_small_file_huge() -> None:
    lines = ["name: w", "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert "too_large" in {code for code, _ in found("\n".join(lines))}


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(WorkflowFileUnreadable, match="No such file"):
        load_workflows(tmp_path / "nothing.yaml")
    with pytest.raises(WorkflowFileUnreadable):
        load_workflows(tmp_path)
    path = tmp_path / "latin.yaml"
    path.write_bytes(b"name: caf\xe9")
    with pytest.raises(WorkflowFileUnreadable, match="byte 9 is no UTF-8"):
        load_workflows(path)
    path.write_bytes(b"#" * (largest_file + 1))
    with pytest.raises(WorkflowFileUnreadable, match="bytes"):
        load_workflows(str(path))


@given(
    st.text(st.characters(codec="utf-8"), max_size=60)
    | st.text("-:[]{}&*!<\n #'\"ab1", max_size=30)
)
def test_any_text_is_workflows_or_problems_with_lines(text: str) -> None:
    with pytest.raises(WorkflowInvalid) as refused:
        read_workflows(text)
    assert refused.value.problems
    for problem in refused.value.problems:
        assert problem.line is not None
        assert 1 <= problem.line <= len(text.splitlines()) + 1


def test_the_workflows_in_the_docs_are_valid() -> None:
    page = Path(__file__).parents[3] / "docs" / "workflows.md"
    shown = re.findall(r"^```yaml\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)
    assert [read_workflows(text)[0].name for text in shown] == ["feature_development"]
