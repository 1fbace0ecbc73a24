"""What was weighed when an answer was looked for by meaning, so that it can be explained later."""

from __future__ import annotations

from typing import Literal, TypeAlias

from retold.domain.value import Value

Bar: TypeAlias = Literal["vetoed", "guarded", "context", "too_old", "not_allowed", "verifier"]
"""What speaks against serving an entry, whatever its similarity: it was seen to be wrong for a
request as near as this one; guards speak against it; what was said before is about something else;
it is older than the reader takes; it is no text; or the verifier said no."""

MeaningReason: TypeAlias = Literal[
    "no_question",
    "first_turn",
    "follow_up",
    "not_embedded",
    "nothing_near",
    "below_threshold",
    "learning",
    "vetoed",
    "guarded",
    "context",
    "too_old",
    "not_allowed",
    "verifier",
    "audited",
    "shadow",
    "gone",
]
"""Why a level that compares meanings served nothing: the request ends with no text of the user; it
is the first turn of its conversation, or none, which is for another level; its text could not be
embedded; the partition has no entry; the nearest one is not near enough; too little is known yet to
serve anything; one of :data:`Bar`; the model is asked to see what it says; the level only watches;
or the nearest one went while it was looked at."""


class GuardNote(Value):
    """A guard that spoke against serving an entry.

    Attributes:
        guard: its name.
        precision: measured share of the pairs it speaks against whose answers do differ.
        detail: what it saw.
    """

    guard: str
    precision: float
    detail: str = ""


class MeaningDecision(Value):
    """What a level weighed about the entry that was nearest.

    Attributes:
        scope: whose threshold it was.
        policy: name of what chose the threshold.
        embedder: name of what made the vectors.
        entry_key: key of the entry's stream.
        near_key: key of the request that was nearest: ``entry_key``, or that of an alias.
        near_question: its last user text.
        score: what was held to the threshold: the cosine, or less where the neighbourhood is
            others'; None when nothing was near.
        context_similarity: of what was said before; None for the first turn of a conversation.
        veto: at and below which the entry is not served; None when it has none.
        guards: that spoke against it.
        barred: what spoke against it beside its similarity; None for nothing.
        verifier: name of the verifier that was asked; None when none was.
        audit_probability: with which a hit like this is asked anew.
        audited: whether this one is.
        shadow: whether the level only watches.
    """

    scope: str
    policy: str
    embedder: str
    entry_key: str | None = None
    near_key: str | None = None
    near_question: str | None = None
    score: float | None = None
    context_similarity: float | None = None
    veto: float | None = None
    guards: tuple[GuardNote, ...] = ()
    barred: Bar | None = None
    verifier: str | None = None
    audit_probability: float = 0.0
    audited: bool = False
    shadow: bool = False
