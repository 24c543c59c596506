"""How commands are told which pages belong together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from ecgpage.audit import GroupBy


def group_by(column: str | None, pattern: str | None) -> GroupBy:
    """From ``--group`` and ``--group-pattern``; near-duplicate clusters where neither is given."""
    from ecgpage.audit import GroupBy

    if column is not None and pattern is not None:
        raise click.UsageError("Give --group or --group-pattern, not both.")
    if column is not None:
        return GroupBy.column(column)
    return GroupBy.pattern(pattern) if pattern is not None else GroupBy.near_duplicates()
