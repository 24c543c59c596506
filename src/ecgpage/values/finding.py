"""What an audit finds: one shape for every check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

SEVERITIES: tuple[str, ...] = ("error", "warning", "note")
"""``error`` stops training unless told otherwise, ``warning`` wants a look, ``note`` informs."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check found.

    Attributes
    ----------
    check:
        Name of the check in the registry.
    severity:
        One of :data:`SEVERITIES`.
    keys:
        The pages concerned, as the data set names them.
    statement:
        One plain sentence: what it is and what it means.
    figure:
        The measured value behind the statement, if there is one, with ``low`` and ``high`` as
        its 95 % interval where it has one.
    evidence:
        Anything else worth keeping, JSON-able.
    """

    check: str
    severity: str
    keys: tuple[str, ...]
    statement: str
    figure: float | None = None
    low: float | None = None
    high: float | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The finding as plain values, for JSON and tables."""
        return asdict(self)
