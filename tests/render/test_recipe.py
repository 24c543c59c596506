"""Recipes, files on disk and the command."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from ecgpage.cli.commands.render import command
from ecgpage.read import read_page, read_record
from ecgpage.render import Recipe, simulate, write_page
from ecgpage.values import Record, WrongUse
from ecgpage.values.wfdb_file import write_wfdb


def small(**changes: object) -> Recipe:
    return Recipe(template="red-edge", dpi=60.0, **changes)  # type: ignore[arg-type]


def test_a_page_is_written_with_its_truth(tmp_path: Path) -> None:
    page = small(world="folded").page(simulate("normal", 1))
    path = write_page(page, tmp_path, "one")
    assert {p.name for p in tmp_path.iterdir()} == {
        "one.png", "one.json", "one.npz", "one.hea", "one.dat",
    }  # fmt: skip
    assert np.array_equal(read_page(path).image, page.page.image)
    back = read_record(tmp_path / "one")
    assert back.leads == page.truth.record.leads
    assert np.allclose(back.signal_mv, page.truth.record.signal_mv, atol=6e-4, equal_nan=True)
    told = json.loads((tmp_path / "one.json").read_text())
    assert told["layout"] == "3x4+1"
    assert told["px_per_mm"] == 60.0 / 25.4
    with np.load(tmp_path / "one.npz") as kept:
        assert np.allclose(kept["points_0"], page.truth.traces[0].points_px, atol=1e-3)
        assert kept["nodes_px"].shape[2] == 2


@pytest.mark.parametrize("image_format", ["png", "jpg"])
def test_a_clean_page_states_its_resolution(image_format: str, tmp_path: Path) -> None:
    page = Recipe(template="red-edge", dpi=151.0).page(simulate("normal", 1))
    back = read_page(write_page(page, tmp_path, "clean", image_format))
    assert back.dpi == pytest.approx(page.page.dpi, abs=0.6)
    bent = small(world="folded").page(simulate("normal", 1))
    assert read_page(write_page(bent, tmp_path, "bent", image_format)).dpi is None


def test_the_page_does_not_depend_on_the_order_of_records() -> None:
    first, second = simulate("normal", 1), simulate("rbbb", 2)
    recipe = Recipe(world="full", dpi=60.0, seed=3)
    recipe.page(second)
    assert np.array_equal(recipe.page(first).page.image, recipe.page(first).page.image)
    assert recipe.style_of("a") == recipe.style_of("a") != recipe.style_of("b")
    assert recipe.world_of("a") != Recipe(world="full", seed=4).world_of("a")


@pytest.mark.parametrize("setting", ["template", "layout", "world"])
def test_an_unknown_name_gets_a_suggestion(setting: str) -> None:
    wrong = {"template": "red-egde", "layout": "3x4+l", "world": "folder"}[setting]
    with pytest.raises(WrongUse, match="Did you mean") as caught:
        Recipe(**{setting: wrong})
    assert caught.value.refusal.code == f"unknown-{setting}"


def rows_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "manifest.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_command_renders_records_and_passes_labels_on(tmp_path: Path) -> None:
    source = tmp_path / "records"
    source.mkdir()
    for k in range(2):
        write_wfdb(simulate("normal", k), source, f"r{k}")
    np.save(source / "r2.npy", simulate("lbbb", 3).signal_mv.T)
    labels = tmp_path / "labels.csv"
    labels.write_text("record,finding,group\nr0,Normal,a\nr2,Abnormal,b\n")
    out = tmp_path / "out"
    result = CliRunner().invoke(
        command,
        [str(source), "--out", str(out), "--dpi", "60", "--template", "like", "--rate", "500",
         "--labels", str(labels), "--label-column", "finding", "--format", "jpg",
         "--layout", "6x2"],
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    rows = rows_of(out)
    assert [row["path"] for row in rows] == ["r0.jpg", "r1.jpg", "r2.jpg"]
    assert [row["label"] for row in rows] == ["Normal", "", "Abnormal"]
    assert rows[0]["group"] == "a"
    assert {row["layout"] for row in rows} == {"6x2"}
    assert all((out / row["path"]).is_file() for row in rows)
    assert not [p for p in out.iterdir() if p.name.startswith(".")]


def test_a_bad_record_is_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    write_wfdb(simulate("normal", 1), tmp_path, "good")
    (tmp_path / "bad.hea").write_text("this is no header\n")
    out = tmp_path / "out"
    result = CliRunner().invoke(
        command, [str(tmp_path / "*.hea"), "--out", str(out), "--dpi", "60"]
    )
    assert result.exit_code == 1
    assert "bad.hea" in result.output
    assert [row["record"] for row in rows_of(out)] == ["good"]


def test_simulated_pages_carry_their_label_in_the_manifest_only(tmp_path: Path) -> None:
    result = CliRunner().invoke(
        command,
        ["--simulate", "4", "--out", str(tmp_path), "--dpi", "60", "--template", "red-edge"],
    )
    assert result.exit_code == 0, result.output
    rows = rows_of(tmp_path)
    assert {row["label"] for row in rows} <= {"Normal", "Abnormal"}
    assert all("ormal" not in row["path"] for row in rows)
    assert all(cv2.imread(str(tmp_path / row["path"])) is not None for row in rows)


def test_nothing_to_render_is_wrong_use(tmp_path: Path) -> None:
    assert CliRunner().invoke(command, ["--out", str(tmp_path)]).exit_code == 2


def test_two_runs_write_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        CliRunner().invoke(
            command,
            ["--simulate", "2", "--out", str(tmp_path / name), "--dpi", "60", "--world", "full"],
        )
    for file in ("sim00000.png", "sim00001.json", "sim00001.dat", "manifest.csv"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


@pytest.mark.data
def test_real_records_render_on_every_layout(data_dir: Path) -> None:
    record = read_record(data_dir / "ludb" / "records" / "1")
    assert record.leads[3:6] == ("aVR", "aVL", "aVF")
    for layout in ("3x4+3", "12x1"):
        truth = small(layout=layout).page(record).truth
        assert isinstance(truth.record, Record)
        assert np.isfinite(truth.record.signal_mv).any(axis=1).all()
