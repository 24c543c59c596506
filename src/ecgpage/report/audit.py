"""The audit as one page: findings, twins side by side, shortcuts as bars."""

from __future__ import annotations

import base64
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
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

    def words(key: str) -> tuple[str, str]:
        return label.get(key, ""), part.get(key, "")

    def picture(key: str) -> dict[str, str]:
        jpeg = base64.b64encode(thumbnails[key]).decode("ascii")
        named, where = words(key)
        return {
            "key": key,
            "label": named,
            "part": where,
            "source": f"data:image/jpeg;base64,{jpeg}",
        }

    def gallery(checks: Sequence[str]) -> list[dict[str, Any]]:
        sets = _sets([finding for finding in findings if finding.check in checks])
        return [
            {
                "findings": found,
                "pictures": [picture(key) for key in _telling(keys, words, thumbnails)],
                "more": max(0, len(keys) - SHOWN_PAGES),
                "differ": len({words(key) for key in keys}) > 1,
            }
            for keys, found in sets
        ]

    twins = gallery(TWIN_CHECKS)
    return fill(
        "audit.html",
        source=_name(dataset.source),
        pages=len(dataset),
        readable=len(thumbnails),
        counts={s: sum(f.severity == s for f in findings) for s in SEVERITIES},
        labels=sorted(Counter(label.values()).items()),
        rows=finding_rows(findings),
        twins=twins[:SHOWN_TWINS],
        twins_left=max(0, len(twins) - SHOWN_TWINS),
        doubtful=gallery(PAGE_CHECKS),
        bars=_bars(findings),
        by_chance=_by_chance(findings),
    )


def _sets(findings: Sequence[Finding]) -> list[tuple[tuple[str, ...], list[Finding]]]:
    """Findings about the same pages together, each page once, in the order of the findings."""
    sets: list[tuple[dict[str, None], list[Finding]]] = []
    place: dict[str, int] = {}
    for finding in findings:
        known = [place[key] for key in finding.keys if key in place]
        at = known[0] if known else len(sets)
        if not known:
            sets.append(({}, []))
        sets[at][0].update(dict.fromkeys(finding.keys))
        sets[at][1].append(finding)
        place |= dict.fromkeys(finding.keys, at)
    return [(tuple(keys), found) for keys, found in sets]


def _telling(
    keys: Sequence[str], words: Callable[[str], tuple[str, str]], thumbnails: Mapping[str, bytes]
) -> list[str]:
    """The few pages that are drawn: one of each label and part before a second of any."""
    kinds: Counter[tuple[str, str]] = Counter()
    ranked: list[tuple[int, int, str]] = []
    for number, key in enumerate(key for key in keys if key in thumbnails):
        ranked.append((kinds[words(key)], number, key))
        kinds[words(key)] += 1
    return [key for _, _, key in sorted(ranked)[:SHOWN_PAGES]]


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


def _name(source: str) -> str:
    """The data set's own name, without the folders above it, which may name people."""
    return re.split(r"[/\\]", source.rstrip("/\\"))[-1] or source


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


def _by_chance(findings: Sequence[Finding]) -> str:
    """What many probes do by chance, as a sentence; empty where there are few."""
    count = sum(f.check == "shortcut" and f.low is not None for f in findings)
    if count < 5:
        return ""
    expected, any_at_all = 0.05 * count, 100 * (1 - 0.95**count)
    return (
        f"Of {count} intervals, about {expected:.1f} miss the true area by chance alone, and at "
        f"least one does with a probability of {any_at_all:.0f} % (were they independent): a "
        "single interval that just leaves 0.5 proves little; an area well above it does."
    )


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
