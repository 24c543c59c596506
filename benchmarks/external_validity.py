"""A model of one hospital's pages, tested on pages of another template and population.

    .venv/bin/python benchmarks/external_validity.py PAGES.csv RECORDS LABELS.csv

RECORDS is a folder of WFDB records, LABELS a table with the columns ``record`` and ``normal`` (1 or
0). The records are rendered in several templates that the training pages do not have. Models are
trained on the pages alone, on the pages and own renders of simulated records, and on the renders
alone; each is tested on the rendered records, none of which was seen.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
from pathlib import Path

PRINTED = ("--layout", "3x4+1", "--template", "like", "--gain", "10", "--speed", "25")
"""Variations of all looks, at the scale that nearly every clinic prints."""


def run(*words: str | Path) -> None:
    """Run one ecgpage command."""
    print("+ ecgpage", *words, file=sys.stderr)
    done = subprocess.run([sys.executable, "-m", "ecgpage", *map(str, words)], stdout=sys.stderr)
    if done.returncode not in (0, 1):
        sys.exit(done.returncode)


def read(path: Path) -> list[dict[str, str]]:
    """The rows of a table."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def write(rows: list[dict[str, str]], path: Path) -> Path:
    """Write rows with the columns path, label, group and split."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ["path", "label", "group", "split"])
        writer.writeheader()
        writer.writerows(rows)
    return path


def pages_of(manifest: Path, group: str) -> list[dict[str, str]]:
    """A manifest's pages with absolute paths; every fifth group is for validation."""
    rows = read(manifest)
    groups = sorted({row.get(group) or row["path"] for row in rows})
    held = {name for place, name in enumerate(groups) if place % 5 == 0}
    return [
        {
            "path": str((manifest.parent / row["path"]).resolve()),
            "label": row["label"],
            "group": row.get(group) or row["path"],
            "split": "validation" if (row.get(group) or row["path"]) in held else "train",
        }
        for row in rows
    ]


def test_pages(records: Path, labels: Path, out: Path, seed: str) -> Path:
    """The records as pages of several templates, labelled Normal and Abnormal."""
    named = out / "labels.csv"
    with named.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["record", "label"])
        for row in read(labels):
            writer.writerow([row["record"], "Normal" if row["normal"] == "1" else "Abnormal"])
    words = [*PRINTED, "--labels", named, "--seed", seed, "--format", "jpg"]
    if not (out / "test" / "manifest.csv").exists():
        run("render", records, "--out", out / "test", *words)
    return out / "test" / "manifest.csv"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("dataset", type=Path)
    parser.add_argument("records", type=Path)
    parser.add_argument("labels", type=Path)
    parser.add_argument("--group", default="printed_id")
    parser.add_argument("--renders", default="800", help="Own renders of simulated records.")
    parser.add_argument("--out", type=Path, default=Path("build/external"))
    parser.add_argument("--seed", default="0")
    parser.add_argument("--members", default="3")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    tested = test_pages(options.records, options.labels, options.out, options.seed)
    if not (options.out / "simulated" / "manifest.csv").exists():
        run(
            "render", "--simulate", options.renders, *PRINTED, "--world", "light",
            "--format", "jpg", "--seed", options.seed, "--out", options.out / "simulated",
        )  # fmt: skip
    real = pages_of(options.dataset, options.group)
    own = pages_of(options.out / "simulated" / "manifest.csv", "record")
    variants = {
        "one hospital, trace": (real, ("--network", "trace", "--members", options.members)),
        "own renders, trace": (own, ("--network", "trace", "--members", options.members)),
        "both, trace": (real + own, ("--network", "trace", "--members", options.members)),
        "one hospital, strided": (real, ("--network", "strided")),
    }
    print(f"{'trained on':<28}{'AUC':>7}  95 % interval    test pages")
    for name, (rows, flags) in variants.items():
        place = options.out / name.replace(", ", "-").replace(" ", "-")
        place.mkdir(exist_ok=True)
        manifest = write(rows, place / "pages.csv")
        run("train", manifest, "--out", place / "model", "--group", "group", *flags)
        figures = place / "report.json"
        run("evaluate", place / "model", tested, "--part", "all", "--skip-seed", "--json", figures)
        found = json.loads(figures.read_text())
        auc = found["figures"]["auc"]
        print(
            f"{name:<28}{auc['value']:>7.3f}  {auc['low']:.3f} to {auc['high']:.3f}"
            f"{found['data']['n']:>14}",
            flush=True,
        )
    band = found["baselines"].get("T-band rule", {})
    print("\nT-band rule, fitted on the last training set:", json.dumps(band)[:200])


if __name__ == "__main__":
    main()
