"""Usage and cost: a row for each day, conversation, agent and model.

No token is counted twice. Those of a session are the ones AG2 accounts for in the session's own
conversation: a ``UsageEvent`` a model call, and one a delegated task (kind ``subtask``) that sums
up what the nested conversation used, with its model calls as ``parts``. The latter go to the
agent delegated to and, by the parts, to its models. Usage events of nested conversations are the
same tokens again and not added, so the sums are those of
:mod:`retold.projections.models.totals`, also when a process died in the middle of a delegation.
Calls are counted in the conversation where they were made: the rows of a nested conversation have
calls and no tokens.

The versions differ in attempts that were repeated with an equal request in the same turn, because
they failed or because a middleware threw their answer away. Version 1 counts each, with the tokens
of answers that AG2 never accounted for; version 2 leaves them out. Both take the conversation of a
step for a nested one, though no conversation has its tokens. Version 3, the current one, does not:
otherwise it is version 2, and its tokens are exactly those of the totals.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from retold.domain.event import JsonObject, RecordedEvent
from retold.domain.model_call import ModelCallCompleted, ModelCallFailed, ModelCallStarted
from retold.domain.recording import (
    ConversationStarted,
    EventRecorded,
    MessageImported,
    TurnCancelled,
    TurnCompleted,
    TurnFailed,
    TurnStarted,
    UsageReported,
    conversation_category,
    conversation_of,
    is_conversation,
)
from retold.projections.event_facts import metadata_text, short_text
from retold.projections.models.model_calls import imported_model, imported_tokens
from retold.projections.models.usage_account import Tokens, UsageAccount
from retold.projections.models.usage_table import usage_rows, usage_state_rows
from retold.projections.payload import (
    added_count,
    dollars,
    mapping_of,
    objects_of,
    printable,
    token_count,
    type_of,
)
from retold.projections.projection import Need, Projection
from retold.projections.rows import Rows

_turn_types = frozenset({TurnStarted.type, TurnCompleted.type, TurnFailed.type, TurnCancelled.type})
_unknown: Tokens = (None, None)


def _needs(event: RecordedEvent) -> Iterator[Need]:
    yield usage_state_rows, conversation_of(event.stream)


def _fold_every_attempt(rows: Rows, event: RecordedEvent) -> None:
    _fold(rows, event, every_attempt=True)


def _fold_last_attempt(rows: Rows, event: RecordedEvent) -> None:
    _fold(rows, event, every_attempt=False)


def _fold_steps_too(rows: Rows, event: RecordedEvent) -> None:
    if event.type != ConversationStarted.type:
        _fold(rows, event, every_attempt=False)
        return
    account = UsageAccount(rows, event)
    _started(account, event)
    parent = printable(mapping_of(event.data.get("parent")).get("stream"))
    account.state = replace(account.state, nested=is_conversation(parent))
    account.save()


def _fold(rows: Rows, event: RecordedEvent, *, every_attempt: bool) -> None:
    if event.type == EventRecorded.type and not _is_usage(event):
        return
    account = UsageAccount(rows, event)
    match event.type:
        case ConversationStarted.type:
            _started(account, event)
        case MessageImported.type:
            _imported(account, event)
        case UsageReported.type:
            _reported(account, event)
        case EventRecorded.type:
            _accounted(account, event)
        case ModelCallStarted.type:
            _call_started(account, event, every_attempt=every_attempt)
        case ModelCallCompleted.type:
            _call_completed(account, event)
        case ModelCallFailed.type:
            _call_failed(account, event)
        case _:
            _turn_changed(account, event, every_attempt=every_attempt)
    account.save()


def _is_usage(event: RecordedEvent) -> bool:
    payload = mapping_of(event.data.get("event"))
    return type_of(payload) == "ag2.UsageEvent" and event.data.get("detached") is not True


def _started(account: UsageAccount, event: RecordedEvent) -> None:
    data = event.data
    agent = short_text(printable(data.get("agent")))
    account.state = replace(
        account.state,
        nested=printable(mapping_of(data.get("parent")).get("stream")) is not None,
        agent=None if data.get("source") == "ag2" else agent,
    )


def _imported(account: UsageAccount, event: RecordedEvent) -> None:
    data = event.data
    tokens, cost = imported_tokens(data), dollars(data.get("cost_usd"))
    calls = int(tokens != _unknown)
    if account.state.nested:
        tokens, cost = _unknown, None
    if calls or cost is not None:
        agent = account.state.agent if data.get("role") == "assistant" else None
        key = account.key(agent, imported_model(event))
        account.add(key, tokens=tokens, cost_usd=cost, calls=calls)


def _reported(account: UsageAccount, event: RecordedEvent) -> None:
    """Add what a source says of a conversation as a whole: nobody knows whose it was."""
    if not account.state.nested:
        cost = dollars(event.data.get("cost_usd"))
        account.add(account.key(None, None), tokens=_tokens(event.data), cost_usd=cost)


def _accounted(account: UsageAccount, event: RecordedEvent) -> None:
    """Add a usage event of AG2."""
    payload = mapping_of(event.data.get("event"))
    if payload.get("kind") == "subtask":
        if not account.state.nested:
            for agent, model, tokens in _rolled_up(payload):
                account.add(account.key(agent or _agent(event), model), tokens=tokens)
        return
    tokens = _tokens(payload.get("usage"))
    # A middleware may answer with other counts than the client's.
    call = account.take("answered", lambda call: tuple(call["tokens"]) == tokens) or account.take(
        "answered", lambda _: True
    )
    model = _model(payload) or (call["key"][-1] if call else None)
    account.add(
        account.key(_agent(event), model),
        tokens=_unknown if account.state.nested else tokens,
        calls=int(call is None),
    )


def _rolled_up(payload: JsonObject) -> Iterator[tuple[str | None, str | None, Tokens]]:
    """Yield agent, model and tokens of what a delegated task used."""
    agent = short_text(printable(payload.get("label")))
    parts = [
        (_model(part), _tokens(part.get("usage"))) for part in objects_of(payload.get("parts"))
    ]
    total = _tokens(payload.get("usage"))
    sums = _unknown
    for _, tokens in parts:
        sums = (added_count(sums[0], tokens[0]), added_count(sums[1], tokens[1]))
    if sums == total:
        for model, tokens in parts:
            yield agent, model, tokens
    else:
        # Parts came with a later release of AG2 than the sum, which is what AG2 goes by.
        yield agent, _model(payload), total


def _call_started(account: UsageAccount, event: RecordedEvent, *, every_attempt: bool) -> None:
    data = event.data
    request = printable(data.get("request_hash"))
    attempt = data.get("attempt")
    if isinstance(attempt, int) and attempt > 1:
        failed = account.take("failed", lambda call: bool(call["request"] == request))
        if failed is not None and not every_attempt:
            account.add(tuple(failed["key"]), calls=-1, failed=-1)
    answered = account.take("answered", lambda call: bool(call["request"] == request))
    if answered is not None:
        if every_attempt:
            # These tokens are in no usage event, nor in what AG2 makes of those.
            account.add(tuple(answered["key"]), tokens=tuple(answered["tokens"]))
        else:
            account.add(tuple(answered["key"]), calls=-1)
    account.keep(
        {
            "call": printable(data.get("call")),
            "status": "open",
            "request": request,
            "model": _model(data),
        }
    )


def _call_completed(account: UsageAccount, event: RecordedEvent) -> None:
    call = printable(event.data.get("call"))
    known = account.take("open", lambda one: bool(one["call"] == call)) or {}
    model = _model(mapping_of(event.data.get("response"))) or known.get("model")
    key, tokens = account.key(_agent(event), model), _tokens(event.data.get("usage"))
    account.add(key, calls=1)
    # AG2 accounts for calls that took tokens only.
    if any(tokens):
        account.keep(
            {"status": "answered", "request": known.get("request"), "key": list(key)}
            | {"tokens": list(tokens)}
        )


def _call_failed(account: UsageAccount, event: RecordedEvent) -> None:
    call = printable(event.data.get("call"))
    known = account.take("open", lambda one: bool(one["call"] == call)) or {}
    key = account.key(_agent(event), known.get("model"))
    account.add(key, calls=1, failed=1)
    account.keep({"status": "failed", "request": known.get("request"), "key": list(key)})


def _turn_changed(account: UsageAccount, event: RecordedEvent, *, every_attempt: bool) -> None:
    """Settle the calls of a turn: usage that is to come comes within it."""
    while (call := account.take("answered", lambda _: True)) is not None:
        if every_attempt:
            account.add(tuple(call["key"]), tokens=tuple(call["tokens"]))
    while account.take("failed", lambda _: True) is not None:
        pass
    if event.type == TurnStarted.type:
        # Left by a process that died. A cancelled call may end a moment after its turn.
        while account.take("open", lambda _: True) is not None:
            pass


def _agent(event: RecordedEvent) -> str | None:
    return short_text(metadata_text(event, "agent"))


def _model(payload: JsonObject) -> str | None:
    return short_text(printable(payload.get("model")))


def _tokens(usage: object) -> Tokens:
    counts = mapping_of(usage)
    return token_count(counts.get("prompt_tokens")), token_count(counts.get("completion_tokens"))


_types = frozenset(
    {
        ConversationStarted.type,
        MessageImported.type,
        UsageReported.type,
        EventRecorded.type,
        ModelCallStarted.type,
        ModelCallCompleted.type,
        ModelCallFailed.type,
        *_turn_types,
    }
)
_code = (
    _fold,
    _is_usage,
    _started,
    _imported,
    _reported,
    _accounted,
    _rolled_up,
    _call_started,
    _call_completed,
    _call_failed,
    _turn_changed,
    _agent,
    _model,
    _tokens,
    UsageAccount,
)

usage_of_every_attempt = Projection(
    name="usage",
    version=1,
    fold=_fold_every_attempt,
    needs=_needs,
    tables=(usage_rows, usage_state_rows),
    types=_types,
    category=conversation_category,
    per_stream=True,
    code=_code,
    description="tokens, cost and calls by day, conversation, agent, model; every attempt",
)
usage_of_last_attempts = Projection(
    name="usage",
    version=2,
    fold=_fold_last_attempt,
    needs=_needs,
    tables=(usage_rows, usage_state_rows),
    types=_types,
    category=conversation_category,
    per_stream=True,
    code=_code,
    description="tokens, cost and calls by day, conversation, agent, model; no repeated attempts",
)
usage = Projection(
    name="usage",
    version=3,
    fold=_fold_steps_too,
    needs=_needs,
    tables=(usage_rows, usage_state_rows),
    types=_types,
    category=conversation_category,
    per_stream=True,
    code=(*_code, is_conversation),
    description="tokens, cost and calls by day, conversation, agent, model; steps of runs too",
)
versions = (usage_of_every_attempt, usage_of_last_attempts, usage)
