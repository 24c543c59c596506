"""Networks and what they see, tried on one data set by grouped cross-validation.

    .venv/bin/python benchmarks/networks.py PAGES.csv --group patient

Each line is one set of settings, trained on K folds; the figures are of pages whose group the
network has not seen. Finished folds are kept, so a run that was stopped goes on.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from ecgpage.cli.console import Bar
from ecgpage.flows.evaluate import EvaluateRequest, evaluate

VARIANTS: dict[str, dict[str, Any]] = {
    "seed": {"network": "seed"},
    "strided, 480x276 ink": {"network": "strided"},
    "trace": {"network": "trace"},
    "trace, no augmentation": {"network": "trace", "augmentation": "none"},
    "trace, three blocks": {"network": "trace", "depth": 3},
    "trace, rows not cut out": {"network": "trace", "mode": "ink"},
    "trace, half the filters": {"network": "trace", "width_factor": 0.5},
}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--group", default="printed_id")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=Path("build/networks"))
    parser.add_argument("--only", nargs="*", default=list(VARIANTS))
    options = parser.parse_args()
    print(f"{'':<28}{'AUC':>7}  95 % interval     mean of folds  balanced accuracy")
    for name in options.only:
        place = options.out / name.replace(", ", "-").replace(" ", "-")
        request = EvaluateRequest(
            place, options.dataset, place.with_suffix(".json"), group=options.group,
            cross_validate=options.folds, flags={**VARIANTS[name], "group": options.group},
            skip_seed=True,
        )  # fmt: skip
        evaluate(request, Bar())
        found = json.loads(place.with_suffix(".json").read_text())
        auc, balanced = found["figures"]["auc"], found["figures"]["balanced_accuracy"]
        mean = found["folds"]["mean"]["auc"]["mean"]
        print(
            f"{name:<28}{auc['value']:>7.3f}  {auc['low']:.3f} to {auc['high']:.3f}"
            f"{mean:>15.3f}{balanced['value']:>19.3f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
