"""What leakage does to a figure: the same network, the same pages, split three ways.

    .venv/bin/python benchmarks/leakage.py PAGES.csv --copies-column COLUMN --group patient

Builds the data set as its source ships it (each page as often as the column says), trains the
``seed`` network on a random split of it and on a grouped split of the pages without copies, each
with and without the notebook's augmentation, and prints the test figures side by side. Also says
what ``audit`` finds on the copied set and that ``train`` refuses it.
"""

from __future__ import annotations

import argparse
import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path


def run(*words: str | Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run one ecgpage command; its news go to standard error."""
    print("+ ecgpage", *words, file=sys.stderr)
    command = [sys.executable, "-m", "ecgpage", *map(str, words)]
    done = subprocess.run(command, text=True, capture_output=True)
    if check and done.returncode not in (0, 1):
        sys.exit(done.stderr)
    return done


def copied(manifest: Path, column: str, out: Path) -> Path:
    """A folder with each page as often as the column says, and its manifest."""
    out.mkdir(parents=True, exist_ok=True)
    with manifest.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    written = []
    for row in rows:
        source = manifest.parent / row["path"]
        for number in range(int(float(row[column] or 1))):
            name = f"{source.stem}-{number}{source.suffix}"
            shutil.copyfile(source, out / name)
            written.append({"path": name, "label": row["label"]})
    target = out / "pages.csv"
    with target.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ["path", "label"])
        writer.writeheader()
        writer.writerows(written)
    return target


def judged(dataset: Path, out: Path, *flags: str) -> dict[str, float]:
    """Train and evaluate on the test part; AUC and accuracy."""
    model, figures = out / "model", out / "report.json"
    run("train", dataset, "--out", model, *flags)
    leaking = ["--allow-leakage"] if "--allow-leakage" in flags else []
    run("evaluate", model, dataset, "--json", figures, *leaking)
    found = json.loads(figures.read_text())
    names = ("auc", "accuracy", "balanced_accuracy")
    return {"pages": found["data"]["n"], **{n: found["figures"][n]["value"] for n in names}}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--copies-column", default="copies_in_source")
    parser.add_argument("--group", default="printed_id")
    parser.add_argument("--out", type=Path, default=Path("build/leakage"))
    parser.add_argument("--epochs", default="20")
    parser.add_argument("--notebook-epochs", default="30")
    options = parser.parse_args()
    copies = copied(options.dataset, options.copies_column, options.out / "copies")
    refused = run("train", copies, "--out", options.out / "refused", "--random-split", check=False)
    audit = options.out / "audit.json"
    run("audit", copies, "--json", audit, check=False)
    random = ["--random-split", "--allow-leakage"]
    grouped = ["--group", options.group]
    plain = ["--network", "seed", "--augmentation", "none", "--epochs", options.epochs]
    notebook = ["--network", "seed", "--augmentation", "notebook"]
    notebook += ["--epochs", options.notebook_epochs]
    rows = {
        "copies, random split": judged(copies, options.out / "a", *plain, *random),
        "no copies, grouped": judged(options.dataset, options.out / "b", *plain, *grouped),
        "copies, random split, notebook's augmentation": judged(
            copies, options.out / "c", *notebook, *random
        ),
        "no copies, grouped, notebook's augmentation": judged(
            options.dataset, options.out / "d", *notebook, *grouped
        ),
    }
    print(f"\n{'seed network':<48}{'test pages':>11}{'AUC':>8}{'accuracy':>10}{'balanced':>10}")
    for name, row in rows.items():
        print(
            f"{name:<48}{row['pages']:>11}{row['auc']:>8.3f}{row['accuracy']:>10.3f}"
            f"{row['balanced_accuracy']:>10.3f}"
        )
    findings = json.loads(audit.read_text())["findings"]
    print("\naudit of the copied set:")
    for finding in findings:
        if finding["severity"] == "error" or "duplicate" in finding["check"]:
            print(f"  {finding['check']}: {finding['statement'][:160]}")
            break
    kinds = [finding["check"] for finding in findings]
    print("  findings by check:", {kind: kinds.count(kind) for kind in sorted(set(kinds))})
    print(f"train on the random split without --allow-leakage: exit code {refused.returncode}")
    print("  " + refused.stderr.strip().splitlines()[-1][:200])


if __name__ == "__main__":
    main()
