"""Each fault has its own message, and none stops the others."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ecgpage.read import FAULTS, find_files, read_file
from ecgpage.values import Refusal, Refused
from ecgpage.work import run

from .malformed import MALFORMED, Malformed, build

AS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


@pytest.mark.parametrize("entry", MALFORMED, ids=lambda entry: entry.name)
def test_a_malformed_file_is_refused_with_its_own_words(entry: Malformed, tmp_path: Path) -> None:
    if entry.code == "no-permission" and AS_ROOT:
        pytest.skip("root may read everything")
    path = tmp_path / entry.name
    entry.build(path)
    with pytest.raises(Refused) as caught:
        list(read_file(path))
    refusal = caught.value.refusal
    assert refusal.code == entry.code, refusal
    assert entry.words in str(refusal)
    assert refusal.where.startswith(str(path))
    assert caught.value.exit_code == 1
    assert refusal.todo.endswith(".")


def test_the_set_has_at_least_thirty_kinds_and_every_word_of_a_refusal_is_filled() -> None:
    assert len({entry.code for entry in MALFORMED}) >= 30
    for code, fault in FAULTS.items():
        assert all(fault), code
    whats = [fault.what for fault in FAULTS.values()]
    assert len(set(whats)) >= len(whats) - 1  # not-found and no-such-path may say the same


def count_pages(path: str) -> int:
    return sum(1 for _ in read_file(path))


def test_none_of_them_stops_a_batch(tmp_path: Path) -> None:
    made = build(tmp_path / "bad")
    paths = list(find_files([tmp_path / "bad"]))
    folders = {path for path, entry in made.items() if entry.code == "is-a-folder"}
    assert set(paths) == set(made) - folders  # a folder is entered, not read
    outcomes = {outcome.key: outcome for outcome in run(count_pages, paths, key=str)}
    assert list(outcomes) == paths
    for path, outcome in outcomes.items():
        if made[path].code == "no-permission" and AS_ROOT:
            continue
        assert isinstance(outcome.refusal, Refusal), path
        assert outcome.refusal.code == made[path].code
