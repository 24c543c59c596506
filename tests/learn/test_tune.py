"""Tuning: bounds, sharing, going on after a kill, and a result that trains."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from ecgpage.learn.networks import build_network, list_networks, settings_for
from ecgpage.learn.settings import TrainSettings, make_settings
from ecgpage.learn.tune import Tuned, tune
from ecgpage.learn.tune_space import SEARCHED, check_searched, depth_bounds
from ecgpage.learn.tune_study import storage_url
from ecgpage.values import WrongUse

from .shapes import SIDE, data

BASE = settings_for(
    {"network": "trace", "height": SIDE, "width": SIDE, "batch_size": 8, "epochs": 2, "seed": 1}
)


def search(folder: Path, trials: int, base: TrainSettings = BASE, storage: str = "") -> Tuned:
    return tune(
        lambda settings: data(),
        base,
        study="s",
        storage=storage or str(folder / "study.db"),
        trials=trials,
        folder=folder / "trials",
        fingerprint="d",
        stale_after_s=6,
    )


@pytest.mark.slow
def test_a_study_goes_on_and_draws_what_it_would_have(tmp_path: Path) -> None:
    whole = search(tmp_path / "whole", 3)
    search(tmp_path / "parts", 1)
    parts = search(tmp_path / "parts", 3)
    assert [t.parameters for t in whole.trials] == [t.parameters for t in parts.trials]
    assert [t.value for t in whole.trials] == [t.value for t in parts.trials]
    assert len({str(t.parameters) for t in whole.trials}) == 3
    assert whole.best.value == max(t.value for t in whole.trials if t.value is not None)
    assert make_settings(tomllib.loads(whole.as_toml("s"))) == whole.settings
    assert whole.settings.learning_rate == whole.best.parameters["learning_rate"]
    assert not any((tmp_path / "whole" / "trials").iterdir())


@pytest.mark.slow
def test_another_study_is_not_gone_on_with(tmp_path: Path) -> None:
    search(tmp_path, 1)
    with pytest.raises(WrongUse, match="begun with another settings"):
        search(tmp_path, 2, replace(BASE, epochs=3))


PROGRAM = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from ecgpage.learn.tune import tune
from ecgpage.learn.networks import settings_for
from shapes import SIDE, data
folder = Path(sys.argv[2])
base = settings_for({"network": "trace", "height": SIDE, "width": SIDE, "batch_size": 8,
                     "epochs": 3, "seed": 1})
kill = (1, 1, folder / "killed") if sys.argv[4] == "kill" else None
tune(lambda settings: data(kill=kill), base, study="s", storage=sys.argv[3],
     trials=int(sys.argv[5]), folder=folder / "trials", fingerprint="d", stale_after_s=6)
"""


def start(folder: Path, storage: str, mode: str, trials: int = 2) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", PROGRAM, str(Path(__file__).parent), str(folder), storage]
    env = os.environ | {"OMP_NUM_THREADS": "1"}
    command += [mode, str(trials)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=env)


def share(folder: Path, storage: str) -> Tuned:
    """This process and another finish a study of two trials together."""
    other = start(folder, storage, "on")
    tuned = search(folder, 2, replace(BASE, epochs=3), storage)
    _, said = other.communicate(timeout=300)
    assert other.returncode == 0, said
    return tuned


@pytest.mark.slow
def test_a_killed_trial_is_tried_again_by_processes_that_share_a_file(tmp_path: Path) -> None:
    storage = str(tmp_path / "study.db")
    killed = start(tmp_path, storage, "kill")
    killed.communicate(timeout=300)
    assert killed.returncode == -signal.SIGKILL
    kept = next((tmp_path / "trials").glob("*/state.npz"))
    time.sleep(7)
    share(tmp_path, storage)
    trials = search(tmp_path, 2, replace(BASE, epochs=3), storage).trials
    assert trials[0].state == "fail"
    assert sum(trial.state in ("complete", "pruned") for trial in trials) in (2, 3)
    assert trials[1].parameters == trials[0].parameters
    assert sorted(trials[1].by_epoch) == [1, 2, 3]
    assert not kept.exists()


@pytest.mark.slow
@pytest.mark.postgres
def test_processes_share_a_server(tmp_path: Path, postgres_url: str) -> None:
    storage = postgres_url.replace("+psycopg", "")
    share(tmp_path, storage)
    trials = search(tmp_path, 2, replace(BASE, epochs=3), storage).trials
    assert 2 <= len(trials) <= 3
    assert all(trial.state in ("complete", "pruned") for trial in trials)
    assert len({str(trial.parameters) for trial in trials}) == len(trials)


@pytest.mark.slow
@pytest.mark.postgres
def test_a_killed_trial_is_tried_again_by_processes_that_share_a_server(
    tmp_path: Path, postgres_url: str
) -> None:
    storage = postgres_url.replace("+psycopg", "")
    killed = start(tmp_path, storage, "kill")
    killed.communicate(timeout=300)
    assert killed.returncode == -signal.SIGKILL
    time.sleep(7)
    share(tmp_path, storage)
    trials = search(tmp_path, 2, replace(BASE, epochs=3), storage).trials
    assert trials[0].state == "fail"
    again = [t for t in trials[1:] if t.parameters == trials[0].parameters]
    assert [sorted(t.by_epoch) for t in again] == [[1, 2, 3]]
    assert sum(trial.state in ("complete", "pruned") for trial in trials) in (2, 3)


@pytest.mark.slow
@pytest.mark.postgres
def test_one_of_two_processes_at_one_study_is_killed_and_the_other_ends_it(
    tmp_path: Path, postgres_url: str
) -> None:
    storage, wanted = postgres_url.replace("+psycopg", ""), 6
    dying, other = (start(tmp_path, storage, mode, wanted) for mode in ("kill", "on"))
    _, said = dying.communicate(timeout=300)
    assert dying.returncode == -signal.SIGKILL, said
    assert other.poll() is None
    _, said = other.communicate(timeout=300)
    assert other.returncode == 0, said
    time.sleep(7)
    tuned = search(tmp_path, wanted + 1, replace(BASE, epochs=3), storage)
    finished = [t for t in tuned.trials if t.state in ("complete", "pruned")]
    (killed,) = [t for t in tuned.trials if t.state == "fail"]
    assert len(finished) >= wanted + 1
    assert len(tuned.trials) == len(finished) + 1
    assert [t.number for t in tuned.trials] == list(range(len(tuned.trials)))
    assert sum(t.parameters == killed.parameters for t in finished) == 1
    assert len({str(t.parameters) for t in finished}) == len(finished)
    assert tuned.best.value == max(t.value for t in finished if t.value is not None)


@pytest.mark.slow
@pytest.mark.parametrize("side", [16, 32, 128])
@pytest.mark.parametrize("name", [network.name for network in list_networks() if network.build])
def test_the_deepest_network_can_be_built(name: str, side: int) -> None:
    settings = settings_for({"network": name, "height": side, "width": 2 * side})
    for depth in depth_bounds(settings):
        model = build_network(replace(settings, depth=depth, width_factor=0.25), 2)
        assert model.output_shape == (None, 1)


def test_what_is_not_searched_gets_a_suggestion() -> None:
    augmented = replace(BASE, augmentation="paper")
    assert check_searched(SEARCHED, augmented) == SEARCHED
    plain = replace(BASE, augmentation="none")
    assert set(SEARCHED) - set(check_searched(SEARCHED, plain)) == {"augmentation_strength"}
    with pytest.raises(WrongUse, match="Did you mean 'dropout'"):
        check_searched(["dropot"], BASE)


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("a/b.db", "sqlite:///a/b.db"),
        ("sqlite:////tmp/x", "sqlite:////tmp/x"),
        ("postgres://u@h/d", "postgresql+psycopg://u@h/d"),
        ("postgresql+psycopg://u@h/d", "postgresql+psycopg://u@h/d"),
    ],
)
def test_storage_urls(given: str, url: str) -> None:
    assert storage_url(given) == url


def test_a_database_out_of_reach_says_so_without_its_password(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WrongUse, match="database cannot be used") as caught:
        tune(
            lambda settings: data(), BASE, study="s", trials=1, folder=tmp_path, fingerprint="",
            storage="postgresql://me:hunter2@127.0.0.1:1/none",
        )  # fmt: skip
    assert "hunter2" not in str(caught.value)
