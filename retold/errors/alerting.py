"""What alerts refuse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from retold.errors.root import RetoldError


class AlertProblem(NamedTuple):
    """One thing that is wrong with a rule.

    Attributes:
        code: stable identifier of the kind of problem, such as ``invalid_threshold``.
        message: what is wrong, and what to do.
        rule: name of the rule, as given.
        field: of the rule.
    """

    code: str
    message: str
    rule: str
    field: str

    def __str__(self) -> str:
        return f"rule {self.rule!r}, {self.field}: {self.message}"


class AlertError(RetoldError):
    """Alerts refused what was asked of them; nothing was recorded."""

    code = "alert_error"


class AlertRulesInvalid(AlertError):
    """Raised when rules cannot be watched as they are.

    Attributes:
        problems: everything that is wrong with them.
    """

    code = "alert_rules_invalid"

    def __init__(self, problems: Sequence[AlertProblem]) -> None:
        self.problems = tuple(problems)
        lines = "".join(f"\n  {problem}" for problem in self.problems)
        count = f"{len(self.problems)} problem{'' if len(self.problems) == 1 else 's'}"
        super().__init__(f"The alert rules have {count}; none is watched:{lines}")
