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


def search(folder: Path, trials: int, base: TrainSettings = BASE, name: str = "s") -> Tuned:
    return tune(
        lambda settings: data(),
        base,
        study=name,
        storage=str(folder / "study.db"),
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
kill = (1, 1, folder / "killed") if sys.argv[3] == "kill" else None
tune(lambda settings: data(kill=kill), base, study="s", storage=str(folder / "study.db"),
     trials=2, folder=folder / "trials", fingerprint="d", stale_after_s=6)
"""


@pytest.mark.slow
def test_a_killed_trial_is_tried_again(tmp_path: Path) -> None:
    def start(mode: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", PROGRAM, str(Path(__file__).parent), str(tmp_path), mode]
        return subprocess.run(command, capture_output=True, text=True, timeout=300)

    assert start("kill").returncode == -signal.SIGKILL
    kept = next((tmp_path / "trials").glob("*/state.npz"))
    time.sleep(7)
    again = start("on")
    assert again.returncode == 0, again.stderr
    result = search(tmp_path, 2, replace(BASE, epochs=3))
    states = [trial.state for trial in result.trials]
    assert states[0] == "fail"
    assert states.count("complete") + states.count("pruned") == 2
    assert result.trials[1].parameters == result.trials[0].parameters
    assert sorted(result.trials[1].by_epoch) == [1, 2, 3]
    assert not kept.exists()


@pytest.mark.slow
def test_two_processes_share_a_study(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PROGRAM, str(Path(__file__).parent), str(tmp_path), "on"]
    env = os.environ | {"OMP_NUM_THREADS": "1"}
    both = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=env) for _ in "ab"]
    for process in both:
        _, said = process.communicate(timeout=300)
        assert process.returncode == 0, said
    result = search(tmp_path, 2, replace(BASE, epochs=3))
    assert 2 <= len(result.trials) <= 3
    assert len({str(t.parameters) for t in result.trials}) == len(result.trials)


@pytest.mark.slow
@pytest.mark.parametrize("side", [16, 32, 128])
@pytest.mark.parametrize("name", [network.name for network in list_networks() if network.build])
def test_the_deepest_network_can_be_built(name: str, side: int) -> None:
    settings = settings_for({"network": name, "height": side, "width": 2 * side})
    for depth in depth_bounds(settings):
        model = build_network(replace(settings, depth=depth, width_factor=0.25), 2)
        assert model.output_shape == (None, 1)


def test_what_is_not_searched_gets_a_suggestion() -> None:
    assert check_searched(SEARCHED) == SEARCHED
    with pytest.raises(WrongUse, match="Did you mean 'dropout'"):
        check_searched(["dropot"])


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
