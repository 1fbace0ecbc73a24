"""The code of a projection as a hash of its syntax, to tell when it changed without a new version.

The hash is taken over the syntax trees of ``fold``, ``needs`` and the functions in ``code``,
without comments, docstrings, annotations and layout, over the event types and the category, and
over the columns of the tables. What these functions call does not enter: whoever changes a helper
raises the version.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import textwrap
from collections.abc import Callable
from functools import partial
from typing import Any

from retold.domain.code_version import code_version_of
from retold.projections.projection import Projection

_key = "_code"


def code_of(projection: Projection) -> str:
    """Return the hash of a projection's code: 32 hex digits.

    It is the same in every process. Another minor version of Python may write the same syntax
    differently, and functions whose source cannot be found enter by what Python compiled: then the
    code has to be accepted once after an upgrade.
    """
    known = vars(projection)
    # Taken once: finding the sources takes longer than a small query.
    if _key not in known:
        known[_key] = _hash_of(projection)
    found: str = known[_key]
    return found


def _hash_of(projection: Projection) -> str:
    digest = hashlib.sha256()
    functions: tuple[Callable[..., Any], ...] = (projection.fold, projection.needs)
    for function in (*functions, *projection.code):
        digest.update(_syntax_of(function).encode())
        digest.update(b"\0")
    types = None if projection.types is None else sorted(projection.types)
    digest.update(repr((types, projection.category)).encode())
    for table in projection.tables:
        for column in table.declared.columns:
            kind = f"{table.name}.{column.name} {column.type!r} {column.primary_key}"
            digest.update(kind.encode())
            digest.update(b"\0")
    return digest.hexdigest()[:32]


def _syntax_of(function: Callable[..., Any]) -> str:
    if isinstance(function, partial):
        given = (function.args, sorted(function.keywords.items()))
        return f"{_syntax_of(function.func)} {given!r}"
    try:
        source = textwrap.dedent(inspect.getsource(function))
        tree = ast.parse(source)
    except (OSError, TypeError, SyntaxError):
        # Defined at a prompt, or in the middle of a line.
        return code_version_of(function)
    return ast.unparse(_Plain().visit(tree))


class _Plain(ast.NodeTransformer):
    """Takes out what does not change what code does."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.generic_visit(node)
        node.returns = None
        for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs):
            argument.annotation = None
        first = node.body[0]
        if (
            len(node.body) > 1
            and isinstance(first, ast.Expr)
            and isinstance(first.value, ast.Constant)
            and isinstance(first.value.value, str)
        ):
            node.body = node.body[1:]
        return node
