"""The tool by which an agent's model delegates to its sub-agents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Self

from ag2.annotations import Context
from ag2.tools.final import FunctionTool, tool
from ag2.tools.final.function_tool import FunctionToolSchema

from retold.agents.hierarchical.delegator import Delegator, Limits, key_of, plain_context
from retold.agents.hierarchical.sub_agents import SubAgents
from retold.agents.work import Work
from retold.domain.result import Result, ResultStatus
from retold.errors import DelegationError

tool_name = "delegate"

_description = (
    "Delegate a task to one of your sub-agents and get its answer. It sees nothing of this "
    "conversation but the task and the context you give. Several calls at once run at the same "
    "time. Sub-agents: {names}."
)


class DelegateTool(FunctionTool):
    """The tool; it names the sub-agents there are when the model is asked."""

    __slots__ = ("_sub_agents",)

    def __init__(self, sub_agents: SubAgents, function: FunctionTool) -> None:
        """Store whom it delegates to.

        Args:
            sub_agents: they may grow.
            function: what it does.
        """
        definition = function.schema.function
        super().__init__(
            function.model,
            name=definition.name,
            description=definition.description,
            schema=definition.parameters,
        )
        self._sub_agents = sub_agents

    async def schemas(self, context: Context) -> list[FunctionToolSchema]:
        """Return what the model is told of it."""
        names = ", ".join(self._sub_agents) or "none"
        definition = replace(self.schema.function, description=_description.format(names=names))
        return [replace(self.schema, function=definition)]

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        """Return itself: AG2 copies the tools it is given, and the sub-agents are not to be."""
        return self


def delegate_tool(delegator: Delegator, sub_agents: SubAgents, limits: Limits) -> DelegateTool:
    """Return the tool of one agent.

    Args:
        delegator: carries the delegations out.
        sub_agents: whom it delegates to.
        limits: of each delegation.
    """

    async def delegate(
        ctx: Context, task: str, to: str, context: dict[str, Any] | str | None = None
    ) -> str:
        call = ctx.tool_call_id
        work = await Work.of(ctx)
        try:
            facts = plain_context(_as_object(context))
            # An id that a provider gives twice names the calls of two different responses.
            key = f"call/{await work.answers_so_far()}/{call}/{key_of(to, task, facts)}"
            result = await delegator.delegate(
                work, task, to=to, context=facts, key=key, limits=limits, tool_call_id=call
            )
        except DelegationError as error:
            await delegator.refuse(work, task, to=to, error=error, tool_call_id=call)
            return f"Not delegated. {error}"
        return _told(to, result)

    return DelegateTool(
        sub_agents,
        tool(name=tool_name, description=_description.format(names="none"))(delegate),
    )


def _as_object(context: Mapping[str, Any] | str | None) -> Mapping[str, Any]:
    if isinstance(context, str):
        return {"notes": context} if context.strip() else {}
    return context or {}


def _told(to: str, result: Result[str]) -> str:
    """Return what the delegating model is told."""
    if result.status is ResultStatus.COMPLETED:
        return result.value or f"{to!r} answered without text."
    reason = "" if result.error is None else f" {result.error.message}"
    if result.status is ResultStatus.STOPPED and result.value:
        reason += f" The last it said: {result.value}"
    return f"{to!r} gave no answer: it {result.status.value}.{reason}"
