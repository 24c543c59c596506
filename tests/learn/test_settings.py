"""Settings: every fault at once, suggestions, round trips."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecgpage.learn.augment import AUGMENTATIONS
from ecgpage.learn.networks import find_network, list_networks, settings_for
from ecgpage.learn.preprocessing import MODES, NORMALISATIONS
from ecgpage.learn.settings import TrainSettings, make_settings, read_settings
from ecgpage.values import WrongUse


def test_every_fault_is_shown_together() -> None:
    with pytest.raises(WrongUse) as caught:
        make_settings({"epochs": 0, "learning_rte": 0.1, "dropout": "much", "seed": -1})
    text = str(caught.value)
    for part in (
        "'epochs'",
        "'learning_rte', did you mean 'learning_rate'?",
        "'dropout'",
        "'seed'",
    ):
        assert part in text
    assert caught.value.refusal.received == "4 faults"
    assert caught.value.exit_code == 2


def test_a_name_that_resembles_nothing_has_no_suggestion() -> None:
    with pytest.raises(WrongUse, match=r"unknown setting 'zzzz'\."):
        make_settings({"zzzz": 1})


@given(
    st.builds(
        TrainSettings,
        epochs=st.integers(1, 500),
        learning_rate=st.floats(1e-6, 1.0),
        dropout=st.floats(0, 0.99),
        group=st.none() | st.text(st.characters(codec="utf-8"), min_size=1),
        batch_norm=st.booleans(),
        schedule=st.sampled_from(["constant", "cosine"]),
    )
)
def test_toml_and_json_give_the_settings_back(settings: TrainSettings) -> None:
    assert make_settings(tomllib.loads(settings.as_toml())) == settings
    assert make_settings(json.loads(json.dumps(settings.as_dict()))) == settings


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        TrainSettings().epochs = 3  # type: ignore[misc]


def test_flags_lie_over_the_file_and_the_file_over_the_network(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text('network = "seed"\nepochs = 7\nbatch_size = 5\n')
    settings = settings_for(read_settings(file), {"batch_size": 9})
    assert (settings.network, settings.height, settings.epochs, settings.batch_size) == (
        "seed", 128, 7, 9,
    )  # fmt: skip


@pytest.mark.parametrize("text", ["epochs = ", "not toml at all"])
def test_a_file_that_is_not_toml_says_so(tmp_path: Path, text: str) -> None:
    file = tmp_path / "a.toml"
    file.write_text(text)
    with pytest.raises(WrongUse, match="the file is not TOML"):
        read_settings(file)


def test_an_absent_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="the file does not exist"):
        read_settings(tmp_path / "none.toml")


def test_an_unknown_network_gets_a_suggestion() -> None:
    with pytest.raises(WrongUse, match="Did you mean 'trace'"):
        find_network("trase")


@pytest.mark.parametrize("name", [network.name for network in list_networks()])
def test_every_networks_defaults_are_valid(name: str) -> None:
    assert settings_for({"network": name}).network == name


def test_neither_keras_nor_optuna_is_loaded_before_it_is_needed() -> None:
    program = (
        "import sys, ecgpage.learn, ecgpage.flows.train, ecgpage.flows.tune;"
        "sys.exit(' '.join(m for m in ('keras', 'tensorflow', 'optuna', 'onnx') "
        "if m in sys.modules) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_settings_know_what_the_rooms_parts_know() -> None:
    kinds = get_type_hints(TrainSettings)
    assert get_args(kinds["mode"]) == MODES
    assert get_args(kinds["normalise"]) == NORMALISATIONS
    assert get_args(kinds["augmentation"]) == AUGMENTATIONS
