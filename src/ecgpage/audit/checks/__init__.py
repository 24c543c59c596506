"""The registry of checks; each is a function from a :class:`ecgpage.audit.view.View` to findings.

A check that crashes becomes a finding itself: an audit never passes over what it could not look at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from ecgpage.audit.checks.balance import check_balance
from ecgpage.audit.checks.blank import check_blank
from ecgpage.audit.checks.exact import check_exact
from ecgpage.audit.checks.group_conflicts import check_group_conflicts
from ecgpage.audit.checks.group_leaks import check_group_leaks
from ecgpage.audit.checks.incomplete import check_incomplete
from ecgpage.audit.checks.near import check_near
from ecgpage.audit.checks.not_ecg import check_not_ecg
from ecgpage.audit.checks.shortcuts import check_shortcuts
from ecgpage.audit.checks.tiny import check_tiny
from ecgpage.audit.checks.twin_conflicts import check_twin_conflicts
from ecgpage.audit.checks.twin_leaks import check_twin_leaks
from ecgpage.audit.checks.unlabelled import check_unlabelled
from ecgpage.audit.checks.unreadable import check_unreadable
from ecgpage.audit.view import View
from ecgpage.values import SEVERITIES, Finding, Progress, Silent

Check = Callable[[View], Iterable[Finding]]

REGISTRY: dict[str, Check] = {
    "unreadable": check_unreadable,
    "incomplete": check_incomplete,
    "blank": check_blank,
    "tiny": check_tiny,
    "not-ecg": check_not_ecg,
    "unlabelled": check_unlabelled,
    "exact-duplicates": check_exact,
    "near-duplicates": check_near,
    "twin-leak": check_twin_leaks,
    "group-leak": check_group_leaks,
    "twin-conflict": check_twin_conflicts,
    "group-conflict": check_group_conflicts,
    "class-balance": check_balance,
    "shortcut": check_shortcuts,
}


def run_checks(
    view: View, checks: Mapping[str, Check] | None = None, progress: Progress | None = None
) -> tuple[Finding, ...]:
    """Run the checks and give their findings, the most severe first.

    Parameters
    ----------
    view:
        What the checks look at.
    checks:
        By name; all of :data:`REGISTRY` unless told otherwise.
    progress:
        Told of each check.
    """
    table = REGISTRY if checks is None else checks
    findings: list[Finding] = []
    for name, check in (progress or Silent()).steps(list(table.items()), "checks"):
        try:
            findings.extend(check(view))
        except Exception as error:  # noqa: BLE001 - whatever happens is reported as a finding
            findings.append(_crashed(name, error))
    return tuple(sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity)))


def _crashed(name: str, error: Exception) -> Finding:
    return Finding(
        check=name,
        severity="error",
        keys=(),
        statement=f"The check '{name}' could not be carried out ({type(error).__name__}: {error}); "
        "nothing is known about what it looks for.",
        evidence={"crashed": True},
    )
