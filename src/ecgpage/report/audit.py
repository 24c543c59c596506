"""The audit as one page: findings, twins side by side, shortcuts as bars."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ecgpage.report.style import fill
from ecgpage.values import SEVERITIES, Dataset, Finding

SHOWN_TWINS = 60
"""Sets of twins drawn in the report; the JSON has all."""

SHOWN_PAGES = 4
"""Pages drawn of each set."""

TWIN_CHECKS = ("twin-leak", "twin-conflict", "exact-duplicates", "near-duplicates")
PAGE_CHECKS = ("not-ecg", "blank", "tiny", "incomplete")


def audit_page(
    dataset: Dataset,
    findings: Sequence[Finding],
    thumbnails: Mapping[str, bytes],
    part: Mapping[str, str],
) -> str:
    """The report as self-contained HTML.

    Parameters
    ----------
    dataset:
        The pages, for their labels.
    findings:
        The most severe first.
    thumbnails:
        JPEG of each page that could be read, by key.
    part:
        Part of each key, where the data set is split.
    """
    label = {item.key: item.label or "no label" for item in dataset}

    def picture(key: str) -> dict[str, str]:
        jpeg = base64.b64encode(thumbnails[key]).decode("ascii") if key in thumbnails else ""
        words = ", ".join(word for word in (label.get(key, ""), part.get(key, "")) if word)
        return {"key": key, "words": words, "source": f"data:image/jpeg;base64,{jpeg}"}

    def gallery(checks: Sequence[str]) -> list[dict[str, Any]]:
        return [
            {
                "finding": finding,
                "pictures": [picture(k) for k in finding.keys[:SHOWN_PAGES] if k in thumbnails],
                "more": max(0, len(finding.keys) - SHOWN_PAGES),
            }
            for finding in findings
            if finding.check in checks
        ]

    twins = gallery(TWIN_CHECKS)
    return fill(
        "audit.html",
        source=dataset.source,
        pages=len(dataset),
        readable=len(thumbnails),
        counts={s: sum(f.severity == s for f in findings) for s in SEVERITIES},
        labels=sorted(Counter(label.values()).items()),
        rows=finding_rows(findings),
        twins=twins[:SHOWN_TWINS],
        twins_left=max(0, len(twins) - SHOWN_TWINS),
        doubtful=gallery(PAGE_CHECKS),
        bars=_bars(findings),
    )


def finding_rows(
    findings: Sequence[Finding], most: int = 5, pages: bool = True
) -> list[dict[str, str]]:
    """Rows of a table of findings; of each check at most ``most``, then how many more."""
    seen: Counter[str] = Counter()
    rows: list[dict[str, str]] = []
    for finding in findings:
        seen[finding.check] += 1
        if finding.check != "shortcut" and seen[finding.check] > most:
            continue
        named = ", ".join(finding.keys[:3])
        more = f" and {len(finding.keys) - 3} more" if len(finding.keys) > 3 else ""
        rows.append(
            {
                "severity": finding.severity,
                "check": finding.check,
                "figure": _figure(finding),
                "what it is and means": finding.statement,
                "pages": named + more,
            }
        )
    for check, count in seen.items():
        if check != "shortcut" and count > most:
            rows.append(
                {
                    "severity": "",
                    "check": check,
                    "figure": str(count - most),
                    "what it is and means": f"{count - most} more of '{check}', named in the JSON.",
                    "pages": "",
                }
            )
    return rows if pages else [_without_pages(row) for row in rows]


def _without_pages(row: dict[str, str]) -> dict[str, str]:
    """The row with its first page within the sentence, for a narrow screen."""
    words = f"{row['what it is and means']} [{row['pages']}]" if row["pages"] else None
    text = words or row["what it is and means"]
    short = {name: row[name] for name in ("severity", "check", "figure")}
    return short | {"what it is and means": text}


def _figure(finding: Finding) -> str:
    if finding.figure is None:
        return ""
    if float(finding.figure).is_integer() and finding.low is None:
        return str(int(finding.figure))
    if finding.low is None or finding.high is None:
        return f"{finding.figure:.3f}"
    return f"{finding.figure:.2f} ({finding.low:.2f} to {finding.high:.2f})"


def _bars(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Shortcuts by area, the strongest first; places in per cent of the scale 0.3 to 1."""
    probes = [f for f in findings if f.check == "shortcut" and f.figure is not None]

    def place(area: float | None) -> float:
        return round(100 * (min(max(area if area is not None else 0.5, 0.3), 1.0) - 0.3) / 0.7, 2)

    return [
        {
            "name": finding.evidence.get("probe", ""),
            "in_pixels": finding.evidence.get("in_pixels", False),
            "finding": finding,
            "figure": _figure(finding),
            "low": place(finding.low if finding.low is not None else finding.figure),
            "high": place(finding.high if finding.high is not None else finding.figure),
            "at": place(finding.figure),
        }
        for finding in sorted(probes, key=lambda f: -(f.figure or 0))
    ]
