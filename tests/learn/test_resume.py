"""A training killed by SIGKILL in the middle of an epoch ends as one that was not."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import json, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from shapes import SIDE, data
from ecgpage.learn.networks import settings_for
from ecgpage.learn.training import train
folder, epoch, batch = Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
settings = settings_for(
    {"network": "trace", "height": SIDE, "width": SIDE, "depth": 2, "dropout": 0.3},
    {"batch_size": 8, "epochs": 4, "seed": 5, "ema": 0.8},
)
kill = (epoch, batch, folder.with_suffix(".killed")) if epoch >= 0 else None
trained = train(data(kill=kill), settings, folder)
rows = [[e.epoch, e.loss, e.accuracy, e.validation_loss, e.learning_rate] for e in trained.history]
print(json.dumps([rows, trained.best_epoch, trained.probabilities.tolist()]))
"""


def start(folder: Path, epoch: int, batch: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", PROGRAM, str(Path(__file__).parent), str(folder)]
    return subprocess.Popen(
        [*command, str(epoch), str(batch)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )


@pytest.mark.slow
def test_killed_in_the_middle_of_epoch_three(tmp_path: Path) -> None:
    whole, killed = start(tmp_path / "whole", -1, 0), start(tmp_path / "killed", 2, 1)
    expected, errors = whole.communicate(timeout=300)
    assert whole.returncode == 0, errors
    killed.communicate(timeout=300)
    assert killed.returncode == -signal.SIGKILL
    assert (tmp_path / "killed" / "state.npz").exists()
    resumed = start(tmp_path / "killed", 2, 1)
    result, errors = resumed.communicate(timeout=300)
    assert resumed.returncode == 0, errors
    assert json.loads(result) == json.loads(expected)
