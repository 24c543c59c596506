"""What is exported comes back the same, and is there whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ecgpage.cli.main import group
from ecgpage.flows.export_labels import ExportRequest, export_labels
from ecgpage.flows.import_labels import ImportRequest, import_labels
from ecgpage.label import open_dataset
from ecgpage.store import LabelStore, export_csv, export_folder
from ecgpage.values import Dataset, Item, Judgement, Silent, WrongUse

NOON = datetime(2024, 3, 1, 12, tzinfo=UTC)


def pages(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(name.encode())


def tree(root: Path) -> set[str]:
    return {p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file()}


def contents(dataset: Dataset, *without: str) -> list[tuple[bytes, str | None, dict[str, str]]]:
    return [
        (
            Path(i.path).read_bytes(),
            i.label,
            {k: v for k, v in i.columns.items() if k not in without},
        )
        for i in dataset
    ]


def test_split_becomes_training_and_test_data(tmp_path: Path) -> None:
    pages(tmp_path / "in", "x/a.png", "y/a.png", "y/A.PNG", "b.png", "c.png")
    (tmp_path / "in/m.csv").write_text(
        "path,label,split\nx/a.png,Normal,train\ny/a.png,Normal,train\ny/A.PNG,Normal,Training\n"
        "b.png,ST/T: ab?,test\nc.png,Normal,val\n"
    )
    done = export_labels(ExportRequest(str(tmp_path / "in/m.csv"), tmp_path / "out", "folder"))
    assert (done.pages, done.refusals) == (5, ())
    assert tree(tmp_path / "out") == {
        "manifest.csv", "Training data/Normal/a.png", "Training data/Normal/a-2.png",
        "Training data/Normal/A-3.PNG", "Test data/ST_T_ ab_/b.png", "Validation data/Normal/c.png",
    }  # fmt: skip
    back = open_dataset(tmp_path / "out")
    assert [i.label for i in back][3] == "ST/T: ab?"
    assert [i.columns["source_key"] for i in back][:2] == ["x/a.png", "y/a.png"]
    (tmp_path / "out" / "manifest.csv").unlink()
    plain = open_dataset(tmp_path / "out")
    assert {i.columns["split"] for i in plain} == {"train", "validation", "test"}


@pytest.mark.parametrize("link", ["hard", "sym"])
def test_links_instead_of_copies(tmp_path: Path, link: str) -> None:
    pages(tmp_path, "in/N/a.png")
    export_labels(ExportRequest(str(tmp_path / "in"), tmp_path / "out", "folder", link=link))
    made = tmp_path / "out/N/a.png"
    assert made.read_bytes() == b"in/N/a.png"
    assert made.samefile(tmp_path / "in/N/a.png")
    assert made.is_symlink() == (link == "sym")


def test_absent_pages_are_told_and_the_rest_is_exported(tmp_path: Path) -> None:
    pages(tmp_path, "a.png")
    (tmp_path / "m.csv").write_text("path,label\na.png,N\ngone.png,N\n")
    run = CliRunner().invoke(
        group, ["export", str(tmp_path / "m.csv"), "--to", str(tmp_path / "out")]
    )
    assert run.exit_code == 1
    assert "gone.png: the file does not exist" in run.output
    assert tree(tmp_path / "out") == {"manifest.csv", "N/a.png"}


def test_records_travel_with_their_signals(tmp_path: Path) -> None:
    pages(tmp_path, "in/records/1.hea", "in/records/1.dat")
    (tmp_path / "in/labels.csv").write_text("record,statements,normal\n1,NORM,1\n")
    export_labels(ExportRequest(str(tmp_path / "in"), tmp_path / "out", "folder"))
    assert tree(tmp_path / "out") == {"manifest.csv", "Normal/1.hea", "Normal/1.dat"}


def test_only_an_earlier_export_is_replaced_and_only_when_told(tmp_path: Path) -> None:
    pages(tmp_path, "in/N/a.png", "mine/work.txt")
    request = ExportRequest(str(tmp_path / "in"), tmp_path / "out", "folder")
    export_labels(request)
    with pytest.raises(WrongUse, match="Add --replace"):
        export_labels(request)
    pages(tmp_path, "in/A/b.png")
    export_labels(ExportRequest(request.source, request.to, "folder", replace=True))
    assert tree(tmp_path / "out") == {"manifest.csv", "N/a.png", "A/b.png"}
    with pytest.raises(WrongUse, match="files that no export wrote"):
        export_labels(ExportRequest(request.source, tmp_path / "mine", "folder", replace=True))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in", "mine", "out"]


STOPPED = """
import os, signal, sys
from pathlib import Path
from ecgpage.label import open_dataset
from ecgpage.store import export_folder
from ecgpage.values import Silent

class Deadly(Silent):
    def steps(self, items, name, total=None):
        for number, item in enumerate(items):
            if number == 3:
                os.kill(os.getpid(), signal.SIGKILL)
            yield item

export_folder(open_dataset(sys.argv[1]), Path(sys.argv[2]), parts=None, progress=Deadly())
"""


def test_a_killed_export_leaves_nothing_in_its_place_and_can_be_repeated(tmp_path: Path) -> None:
    pages(tmp_path, *(f"in/N/{n}.png" for n in range(6)))
    script = [sys.executable, "-c", STOPPED, str(tmp_path / "in"), str(tmp_path / "out")]
    assert subprocess.run(script, check=False).returncode == -signal.SIGKILL
    assert not (tmp_path / "out").exists()
    export_labels(ExportRequest(str(tmp_path / "in"), tmp_path / "out", "folder"))
    assert len(tree(tmp_path / "out")) == 7
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in", "out"]


def test_a_failing_export_leaves_nothing(tmp_path: Path) -> None:
    class Failing(Silent):
        def steps(self, items, name, total=None):  # type: ignore[no-untyped-def]
            yield items[0]
            raise RuntimeError("power cut")

    pages(tmp_path, "in/N/a.png", "in/N/b.png")
    with pytest.raises(RuntimeError, match="power cut"):
        export_folder(
            open_dataset(tmp_path / "in"), tmp_path / "out", parts=None, progress=Failing()
        )
    assert [p.name for p in tmp_path.iterdir()] == ["in"]


WORD = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8).filter(
    lambda text: text == text.strip()
)
PLAIN = st.text("abcXYZ012 .-_äé", min_size=1, max_size=6).filter(
    lambda text: text.strip(" .") == text
)
COLUMN = WORD.filter(lambda t: t.casefold() not in ("path", "label", "split", "source_key"))
CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=10)
ROWS = st.lists(
    st.tuples(st.tuples(PLAIN, PLAIN), st.none() | WORD, st.sampled_from(["train", "test"]), CELL),
    min_size=1, max_size=6, unique_by=lambda row: "/".join(row[0]).casefold(),
)  # fmt: skip


@pytest.mark.slow
@given(ROWS, COLUMN)
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_every_form_gives_the_same_data_set_back(
    tmp_path: Path, rows: list[tuple[tuple[str, str], str | None, str, str]], column: str
) -> None:
    for left in tmp_path.iterdir():
        shutil.rmtree(left)
    items = []
    for (folder, name), label, part, cell in rows:
        key = f"{folder}/{name}.png"
        pages(tmp_path / "in", key)
        columns = {"split": part, column: cell}
        items.append(Item(key, str(tmp_path / "in" / key), label, columns))
    dataset = Dataset(tuple(items), str(tmp_path / "in"), "made")
    parts = {item.key: item.columns["split"] for item in items}
    export_folder(dataset, tmp_path / "folder", parts=parts, progress=Silent())
    (tmp_path / "csv").mkdir()
    export_csv(dataset, tmp_path / "csv" / "m.csv")
    with LabelStore(tmp_path / "in" / "labels.sqlite") as labels:
        labels.register(dataset)
        labels.add([Judgement(i.key, i.label, "Ada", "person", NOON) for i in items if i.label])
    source = str(tmp_path / "in" / "labels.sqlite")
    (tmp_path / "json").mkdir()
    for form in ("json", "label-studio"):
        export_labels(ExportRequest(source, tmp_path / "json" / f"{form}.json", form))
        import_labels(
            ImportRequest(str(tmp_path / f"json/{form}.json"), str(tmp_path / f"json/{form}.db"))
        )
        with LabelStore(tmp_path / f"json/{form}.db") as labels:
            assert [(i.key, i.path, i.label, i.columns) for i in labels.dataset()] == [
                (i.key, i.path, i.label, i.columns) for i in items
            ]
    expected = contents(dataset)
    assert contents(open_dataset(tmp_path / "folder"), "source_key") == expected
    assert contents(open_dataset(tmp_path / "csv" / "m.csv")) == expected
    keys = [item.columns["source_key"] for item in open_dataset(tmp_path / "folder")]
    assert keys == [item.key for item in items]


def test_import_and_export_as_commands(tmp_path: Path) -> None:
    pages(tmp_path, "in/Normal/a.png", "in/Abnormal/b.png")
    run = CliRunner().invoke(group, ["import", str(tmp_path / "in")])
    assert run.exit_code == 0, run.output
    assert "2 pages in data set 'pages': 2 new judgements, 0 known" in run.output
    again = CliRunner().invoke(group, ["import", str(tmp_path / "in")])
    assert "0 new judgements, 2 known before. Classes now: Abnormal, Normal." in again.output
    store, out = str(tmp_path / "in/labels.sqlite"), tmp_path / "out.json"
    done = CliRunner().invoke(group, ["export", store, "--to", str(out)])
    assert done.exit_code == 0, done.output
    values = json.loads(out.read_text())
    assert {j["key"]: j["label"] for j in values["judgements"]} == {
        "Normal/a.png": "Normal", "Abnormal/b.png": "Abnormal",
    }  # fmt: skip


@pytest.mark.slow
def labels_in(file: Path) -> int:
    """Labels that are committed, read without waiting for anybody; 0 before there is a table."""
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=0)) as connection:
            return int(connection.execute("select count(*) from judgement").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def test_import_command_killed_half_way_goes_on(tmp_path: Path) -> None:
    """A real SIGKILL, sent from outside as soon as some labels are in the store."""
    (tmp_path / "in").mkdir()
    count = 20_000
    rows = ["path,label", *(f"{n:05d}.png,{'NA'[n % 2]}" for n in range(count))]
    for n in range(count):
        (tmp_path / "in" / f"{n:05d}.png").touch()
    (tmp_path / "in" / "m.csv").write_text("\n".join(rows))
    file = tmp_path / "in" / "labels.sqlite"
    command = [sys.executable, "-m", "ecgpage", "import", str(tmp_path / "in" / "m.csv")]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    seen = 0
    while child.poll() is None and not seen:
        seen = labels_in(file)
        time.sleep(0.005)
    assert child.poll() is None, "the import was done before it could be killed"
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    with LabelStore(file) as labels:
        kept = len(labels.history())
    assert seen <= kept < count
    assert kept % 500 == 0
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert f"{count - kept} new judgements, {kept} known before" in run.stdout
    with LabelStore(file) as labels:
        assert len(labels.history()) == len(labels.current()) == count
