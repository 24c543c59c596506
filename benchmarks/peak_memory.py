"""Run one piece of work in this process and print its highest resident memory in MiB."""

from __future__ import annotations

import resource
import sys
import tempfile
from pathlib import Path

import numpy as np

from ecgpage.flows.predict import PredictRequest, predict
from ecgpage.learn import PageFeed, Predictor, make_augmentation, open_source
from ecgpage.read import read_page


def main(what: str, pages: Path, model: Path, cache: Path) -> None:
    """``feed``: two epochs of augmented batches; ``predict``: every page into a CSV file."""
    if what == "feed":
        preprocessing = Predictor.load(model).preprocessing
        paths = sorted(pages.iterdir())
        source = open_source(paths, read_page, preprocessing, cache)
        labels = np.zeros(len(paths), np.int64)
        feed = PageFeed(source, labels, augmentation=make_augmentation("paper"))
        for number in range(2):
            for _ in feed.epoch(number):
                pass
    else:
        with tempfile.TemporaryDirectory() as folder:
            predict(PredictRequest(model, (str(pages),), Path(folder) / "out.csv", jobs=1))
    print(f"{peak_mib():.0f}")


def peak_mib() -> float:
    """Highest resident memory of this process; ``ru_maxrss`` would count what it was started by."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    unit = 1024**2 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


main(sys.argv[1], *(Path(argument) for argument in sys.argv[2:5]))
