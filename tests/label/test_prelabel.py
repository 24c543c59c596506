"""Labelling by a rule, from pages to the store, and its comparison with people."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from ecgpage.cli.main import group
from ecgpage.flows.prelabel import PrelabelRequest, prelabel
from ecgpage.label import find_rule, groups_of, make_rule, open_dataset
from ecgpage.store import LabelStore
from ecgpage.values import Judgement, WrongUse


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """24 pages of 12 patients: the abnormal ones have a darker, busier band, mostly."""
    rng = np.random.default_rng(5)
    rows = ["path,label,patient"]
    for number in range(24):
        abnormal = number % 4 >= 2
        image = np.full((100, 120, 3), 240, dtype=np.uint8)
        ink = 0.3 if abnormal != (number in (3, 5)) else 0.05
        image[40:60][rng.random((20, 120)) < ink + rng.uniform(0, 0.02)] = 20
        Image.fromarray(image).save(tmp_path / f"{number}.png")
        rows.append(f"{number}.png,{'Abnormal' if abnormal else 'Normal'},{number // 2}")
    (tmp_path / "pages.csv").write_text("\n".join(rows))
    return tmp_path / "pages.csv"


def test_rule_is_compared_with_people_and_kept(pages: Path) -> None:
    store, csv = str(pages.with_name("l.sqlite")), pages.with_name("rule.csv")
    done = prelabel(PrelabelRequest(str(pages), "t-band", store=store, csv=csv, group="patient"))
    assert done.agreement is not None
    assert done.agreement.matrix.tolist() == [[11, 1], [1, 11]]
    assert done.agreement.figures["balanced_accuracy"].value == pytest.approx(22 / 24)
    assert done.figures["auc_mean"].value < 0.2 < 0.8 < done.figures["auc_std"].value
    assert done.figures["auc_max"].value == 0.5
    assert done.compared_on == "24 pages"
    with LabelStore(store) as labels:
        kept = labels.current(source="rule")
    assert len(kept) == 24
    assert kept["3.png"].who == done.rule.who
    assert "no criterion holds" in kept["3.png"].note
    back = open_dataset(csv)
    assert [i.label for i in back] == [kept[i.key].label for i in back]
    assert set(back.items[0].columns) == {"mean", "max", "std", "why"}


def test_repeating_it_adds_nothing_and_people_stand(pages: Path) -> None:
    store = str(pages.with_name("l.sqlite"))
    with LabelStore(store) as labels:
        now = datetime.now(UTC)
        labels.add([Judgement("0.png", "Abnormal", "Ada", "person", now)])
    first = prelabel(PrelabelRequest(str(pages), "t-band", store=store))
    second = prelabel(PrelabelRequest(str(pages), "t-band", store=store))
    assert first.added is not None
    assert second.added is not None
    assert (first.added.new, second.added.new) == (24, 0)
    assert first.agreement is not None
    assert first.agreement.matrix.tolist() == [[11, 2], [1, 10]]
    with LabelStore(store) as labels:
        assert labels.current()["0.png"].who == "Ada"


def test_youden_thresholds_are_compared_outside_their_training_part(pages: Path) -> None:
    done = prelabel(PrelabelRequest(str(pages), "t-band", method="youden", group="patient"))
    assert done.compared_on == "12 pages outside the training part"
    assert done.agreement is not None
    assert done.agreement.pages == 12
    assert "12 labelled pages" in done.rule.origin


def test_labels_of_the_test_part_never_reach_the_thresholds(pages: Path) -> None:
    request = PrelabelRequest(str(pages), "t-band", method="youden", group="patient")
    first = prelabel(request)
    text = pages.read_text().split("\n")
    part = [*text[:1], *text[1:]]
    split = [
        part[0] + ",split",
        *(f"{r},{'train' if n < 12 else 'test'}" for n, r in enumerate(part[1:])),
    ]
    pages.write_text("\n".join(split))
    before = prelabel(request).rule
    flipped = [r.replace("Abnormal", "X").replace("Normal", "Abnormal").replace("X", "Normal")
               if r.endswith("test") else r for r in split]  # fmt: skip
    pages.write_text("\n".join(flipped))
    assert prelabel(request).rule == before
    assert first.rule.who.startswith("t-band mean<") or "std>" in first.rule.who


def test_command_prints_the_comparison_and_names_bad_pages(pages: Path) -> None:
    (pages.parent / "7.png").write_bytes(b"not a picture")
    out = pages.with_name("f.json")
    run = CliRunner().invoke(
        group, ["prelabel", str(pages), "--mean", "200", "--json", str(out), "--group", "patient"]
    )
    assert run.exit_code == 1, run.output
    assert "t-band mean<200  (given)" in run.output
    assert "7.png" in run.output
    values = json.loads(out.read_text())
    assert values["judged"] == 23
    assert values["figures"]["kappa"]["value"] is not None
    assert (pages.parent / "labels.sqlite").exists()


def test_pages_without_labels_are_labelled_without_comparison(pages: Path) -> None:
    run = CliRunner().invoke(
        group, ["prelabel", str(pages.parent), "--csv", str(pages.with_name("o.csv"))]
    )
    assert run.exit_code == 0, run.output
    assert "Nothing to compare with" in run.output
    assert "Classes in use: none." in run.output


def test_wrong_requests_are_named(pages: Path) -> None:
    for request, words in (
        (PrelabelRequest(str(pages), "t-bend"), "Did you mean 't-band'"),
        (PrelabelRequest(str(pages), "t-band", group="patent"), "Did you mean 'patient'"),
    ):
        with pytest.raises(WrongUse, match=words):
            prelabel(request)
    with pytest.raises(WrongUse, match="no threshold 'median'"):
        make_rule(find_rule("t-band"), {}, given={"median": 1.0}, training=None,
                  normal="N", abnormal="A")  # fmt: skip


def test_thresholds_can_be_given_by_name(pages: Path) -> None:
    start = ["prelabel", str(pages), "--threshold"]
    run = CliRunner().invoke(group, [*start, "mean=200"])
    assert "t-band mean<200  (given)" in run.output
    bad = CliRunner().invoke(group, [*start, "mean:200"])
    assert (bad.exit_code, "not NAME=VALUE" in bad.output) == (2, True)
    unknown = CliRunner().invoke(group, [*start, "median=1"])
    assert isinstance(unknown.exception, WrongUse)


def test_an_empty_group_cell_is_a_group_of_its_own(tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / f"{name}.png").touch()
    (tmp_path / "m.csv").write_text("path,label,patient\na.png,N,1\nb.png,N,\nc.png,N,\n")
    dataset = open_dataset(tmp_path / "m.csv")
    keys = [item.key for item in dataset]
    assert groups_of(dataset, keys, "patient") == ["1", "page b.png", "page c.png"]
    assert groups_of(dataset, keys, None) == keys
