"""Plans read from what models answer: JSON, lists in words, and whatever else they say."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, strategies as st

from retold.domain.plan.events import ReadAs
from retold.domain.plan.reading import longest_part, read_plan
from retold.domain.plan.step import StepDraft

step_of_seed = StepDraft(
    description="Ask about experience",
    expected_response="a level",
    success_criteria="names a level",
    fallback="Ask for clarification",
)


def steps(answer: str, max_steps: int = 20) -> tuple[StepDraft, ...]:
    return read_plan(answer, max_steps=max_steps).steps


@pytest.mark.parametrize(
    "answer",
    [
        # A numbered list with the parts of each step below it.
        """1. Ask about experience
- Expected user response type: a level
- Success criteria: names a level
- Fallback actions: Ask for clarification""",
        # Bold, nested, in another order and wording.
        """Here is the plan:

* We begin softly.

**Step 1:** Ask about experience
    * **Fallback:** Ask for clarification
    * **Criteria for success:** names a level
    * *Expected answer*: a level""",
        # One line.
        (
            "1) Ask about experience. Success criterion: names a level; Fallback (optional): Ask "
            "for clarification | **Expected response**: a level"
        ),
        # Labels without bullets, numbered twice.
        """10. Step 1: Ask about experience
   Expected response: a level
   Done when: names a level
   If not: Ask for clarification""",
        # Lists below labels.
        """1. Ask about experience
   - Expected response:
     - a level
   - Success criteria:
     1. names a level
   - Fallback - Ask for clarification""",
        # Empty lines between all of them, as Markdown has it.
        """1. Ask about experience

   Expected response: a level

   **Success criteria:** names a level

   Fallback: Ask for clarification""",
        # The same in the margin, below a heading.
        """## Step 1: Ask about experience

Expected response: a level

Success criteria: names a level

Fallback: Ask for clarification

Good luck!""",
        # A label for the description, too.
        """### Step 1
- Description: Ask about experience
- Expected user reply: a level
- Completion criteria: names a level
- Fallback action if they do not: Ask for clarification""",
    ],
)
def test_parts_are_found_in_any_order_and_wording(answer: str) -> None:
    (step,) = steps(answer)
    plain = step.model_copy(update={"description": step.description.rstrip(".")})
    assert plain == step_of_seed


def test_a_paragraph_below_a_step_belongs_to_it_and_one_in_the_margin_does_not() -> None:
    answer = """Description: how to begin.

1. **Experience**

   Which languages do you know?

   - Success criteria: names one

2. **Goodbye**

That is all."""
    assert steps(answer) == (
        StepDraft(
            description="Experience Which languages do you know?", success_criteria="names one"
        ),
        StepDraft(description="Goodbye"),
    )


@pytest.mark.parametrize(
    "head",
    [
        "| Step | Description | Expected Response | **Success criteria** | Fallback |",
        "| # | Action | Expected user response | Success Criteria | Fallback action |",
    ],
)
def test_a_row_of_a_table_is_a_step(head: str) -> None:
    answer = f"""Here it is:

{head}
|---|:---|---|---|---|
| 1 | **Ask about experience** | a level | names a level | Ask for clarification |
| 2. | Say A\\|B | N/A | | - |

Good luck!
1. Not a step"""
    first, second = steps(answer)
    assert first == step_of_seed
    assert second == StepDraft(description="Say A|B")


def test_a_table_within_a_list_is_no_plan_of_its_own() -> None:
    answer = "1. Show this\n\n   | Name | Price |\n   |---|---|\n   | A | 1 |\n\n2. Ask"
    assert [step.description.split()[0] for step in steps(answer)] == ["Show", "Ask"]


def test_ten_and_more_are_steps_of_their_own() -> None:
    answer = "\n".join(f"{n}. Step {n}: do {n}\n   - Success: {n} is done" for n in range(1, 13))
    found = steps(answer)
    assert [step.description for step in found] == [f"do {n}" for n in range(1, 13)]
    assert found[9].success_criteria == "10 is done"


def test_missing_parts_are_missing_and_never_empty_text() -> None:
    answer = """1. Greet
   - Success criteria: N/A
   - Fallback: None.
   - Expected response:
2. Ask
3.
4. **Success criteria**: says yes"""
    greet, ask, yes = steps(answer)
    assert greet == StepDraft(description="Greet")
    assert ask == StepDraft(description="Ask")
    # Nothing says what it is but what is expected of it.
    assert (yes.description, yes.success_criteria) == ("says yes", "says yes")


@pytest.mark.parametrize(
    "sentence",
    [
        "Ask which success they hope for",
        "Expect nothing of it, and be glad",
        "Ask: do you prefer A or B?",
        "Say what a fallback is",
        "Explain success - and failure - in general",
    ],
)
def test_a_sentence_with_such_a_word_is_not_taken_apart(sentence: str) -> None:
    assert steps(f"1. {sentence}") == (StepDraft(description=sentence),)


def test_more_steps_than_allowed_are_left_out_and_counted() -> None:
    found = read_plan("\n".join(f"{n}. do {n}" for n in range(1, 41)), max_steps=5)
    assert (len(found.steps), found.left_out) == (5, 35)
    answer = json.dumps({"steps": [{"description": "do"}] * 40})
    assert read_plan(answer, max_steps=5).left_out == 35
    (step,) = steps("1. " + "x" * 5_000)
    assert step.description.startswith("x" * longest_part + " ... (3,000 ")


@pytest.mark.parametrize(
    "answer",
    [
        '{"steps": [%s]}',
        '```json\n{"steps": [%s]}\n```',
        'Sure, here it is: {"steps": [%s]} Good luck!',
        "[%s]",
        '{"plan": {"steps": [%s]}}',
        "%s",
    ],
)
def test_json_is_read_wherever_it_stands(answer: str) -> None:
    step = json.dumps(step_of_seed.model_dump(exclude_none=True))
    found = read_plan(answer % step, max_steps=5)
    assert (found.steps, found.read_as) == ((step_of_seed,), ReadAs.JSON)


@pytest.mark.parametrize(
    "answer",
    [
        "Here you are: [%s, %s]",
        "See [below].\n\n%s\n%s\n",
        "```text\nnothing\n```\nand\n```json\n[%s, %s]\n```",
        '{"steps": {"1": %s, "2": %s}}',
        '{"step_1": %s, "step_2": %s}',
    ],
)
def test_no_step_of_json_is_lost(answer: str) -> None:
    one, two = step_of_seed, step_of_seed.model_copy(update={"description": "Ask again"})
    texts = (json.dumps(step.model_dump(exclude_none=True)) for step in (one, two))
    assert steps(answer % tuple(texts)) == (one, two)


@pytest.mark.parametrize(
    "names",
    [
        ("Description", "Expected Response", "Success Criteria", "Fallback"),
        ("description", "expectedUserResponse", "successCriteria", "fallbackAction"),
        ("DESCRIPTION", "expected-response", "success-criteria", "FALLBACK"),
    ],
)
def test_names_in_json_are_written_in_many_ways(names: tuple[str, ...]) -> None:
    values = step_of_seed.model_dump(exclude_none=True).values()
    assert steps(json.dumps([dict(zip(names, values, strict=True))])) == (step_of_seed,)


def test_brackets_in_a_list_in_words_are_no_json() -> None:
    assert [step.description for step in steps('1. Send [{"name": "x"}]\n2. Wait')] == [
        'Send [{"name": "x"}]',
        "Wait",
    ]


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "I'm sorry, but I can't help with that.",
        '{"steps": [{"description": "Ask"',
        '{"steps": []}',
        '{"steps": [1, null, {}, {"description": "  "}, [[]]]}',
        '{"steps": "none"}',
        "null",
        "[" * 100_000,
        "1.\n2.\n3.",
        "-" * 100_000,
        "Success criteria: x",
    ],
)
def test_what_is_no_plan_gives_no_step(answer: str) -> None:
    assert steps(answer) == ()


@given(st.text(max_size=400), st.integers(1, 6))
def test_any_text_is_read_within_bounds(answer: str, limit: int) -> None:
    found = read_plan(answer, max_steps=limit)
    assert len(found.steps) <= limit
    assert found.left_out == 0 or len(found.steps) == limit
    assert all(step.description.strip() for step in found.steps)


words = st.text(alphabet="abcdefgh ", min_size=1, max_size=20).map(str.strip).filter(bool)
labels = st.permutations(
    [("Expected response", "expected_response"), ("Success criteria", "success_criteria"),
     ("Fallback", "fallback")]
)  # fmt: skip
shapes = st.sampled_from(
    ["{n}. {d}", "{n}) {d}", "Step {n}: {d}", "**Step {n}:** {d}", "# {n}. {d}"]
)


@given(st.lists(st.tuples(words, words, labels), min_size=1, max_size=15), shapes, st.data())
def test_a_plan_in_words_is_read_as_it_was_written(
    plan: list[tuple[str, str, list[tuple[str, str]]]], shape: str, data: st.DataObject
) -> None:
    lines, expected = ["The plan:", ""], []
    for number, (description, part, order) in enumerate(plan, 1):
        lines.append(shape.format(n=number, d=description))
        kept = data.draw(st.integers(0, 3))
        bullet = data.draw(st.sampled_from(["   - ", "- ", "   * **"]))
        end = ":** " if "**" in bullet else ": "
        lines += [f"{bullet}{label}{end}{part}" for label, _ in order[:kept]]
        parts = {field: " ".join(part.split(" ")) for _, field in order[:kept]}
        expected.append(StepDraft.model_validate({"description": description, **parts}))
    assert list(steps("\n".join(lines))) == expected


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(["steps", "plan", "description", "success", "fallback", "step"]),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_any_json_is_read_without_an_error(value: object) -> None:
    for step in steps(json.dumps(value)):
        assert isinstance(step.description, str)
        assert step.description
