"""Guards speak against questions that differ in what matters, and not against rewordings."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from retold.domain.cache.guards import guards, guards_against, is_refused

different = [
    ("numbers", "Is a 12 mm bolt enough for this shelf?", "Is a 16 mm bolt enough for this shelf?"),
    ("numbers", "Can three people share the tent?", "Can five people share the tent?"),
    ("units", "How heavy is the parcel in pounds?", "How heavy is the parcel in kilograms?"),
    ("units", "What is my balance in EUR?", "What is my balance in CHF?"),
    ("dates", "Is the museum open on Monday?", "Is the museum open on Sunday?"),
    ("dates", "Who chaired the board in 1998?", "Who chairs the board?"),
    ("negation", "Which plants should I water daily?", "Which plants should I not water daily?"),
    ("antonyms", "How do I lock the rear door?", "How do I unlock the rear door?"),
    ("antonyms", "What is the maximum load of the lift?", "What is the minimum load of the lift?"),
    ("direction", "Which bus goes from Oslo to Bergen?", "Which bus goes from Bergen to Oslo?"),
    ("entities", "When was the bridge in Porto built?", "When was the bridge in Braga built?"),
    ("substitution", "how do i varnish a table", "how do i varnish a boat"),
    ("condition", "Can I cancel my order?", "Can I cancel my order after dispatch?"),
]

same = [
    ("How do I lock the door?", "how do i lock teh door"),
    ("What colour is the new logo?", "what color is the new logo"),
    ("Which tea or coffee do you sell?", "Which coffee or tea do you sell?"),
    ("How do I buy a ticket?", "How do I purchase a ticket?"),
    ("Where is my parcel?", "Hello, could you please tell me where my parcel is?"),
    ("Can three people share the tent?", "Can 3 people share the tent?"),
    ("The box weighs 4 kg", "The box weighs 4 kilograms"),
    ("I can't open the door", "I cannot open the door"),
    ("What does the GPL allow?", "What does the General Public Licence allow?"),
]


@pytest.mark.parametrize(("guard", "stored", "asked"), different)
def test_a_guard_speaks_against_what_it_is_for(guard: str, stored: str, asked: str) -> None:
    for one, other in ((stored, asked), (asked, stored)):
        findings = guards_against(one, other)
        assert guard in {finding.guard for finding in findings}
        assert is_refused(findings)


@pytest.mark.parametrize(("stored", "asked"), same)
def test_rewordings_are_let_pass(stored: str, asked: str) -> None:
    assert not guards_against(stored, asked)


def test_questions_with_little_in_common_are_none_of_the_guards_business() -> None:
    assert not guards_against("Is the museum open on Monday?", "Do you sell red shoes in size 5?")


def test_in_long_questions_a_word_tells_nothing() -> None:
    long = " ".join(f"word{number}" for number in range(30))
    assert not guards_against(f"{long} red", f"{long} blue")


def test_a_finding_says_what_it_found() -> None:
    finding = next(
        found
        for found in guards_against("Is 12 mm enough for it?", "Is 16 mm enough for it?")
        if found.guard == "numbers"
    )
    assert finding.detail == "12 is not 16"


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_two_texts_can_be_compared(stored: str, asked: str) -> None:
    names = {guard.name for guard in guards}
    assert {finding.guard for finding in guards_against(stored, asked)} <= names


@given(st.text(max_size=60))
def test_nothing_speaks_against_the_same_text(text: str) -> None:
    assert not guards_against(text, text)
