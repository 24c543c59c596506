"""An archive into Parquet: exactly once, whatever is repeated, changed, copied or killed."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import subprocess
import sys
import tracemalloc
from collections import Counter
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import pytest
from PIL import Image

from audit.planted import drawn_page
from ecgpage.digitise import Settings
from ecgpage.flows.archive import Archived, ArchiveRequest, states, work_through
from ecgpage.flows.archive_looks import AuditLook, DigitiseLook, open_predict_look
from ecgpage.values import PageDone, WrongUse
from ecgpage.work import Means
from learn.small_model import write_small_model

pytest.importorskip("pyarrow", reason="install it with: pip install 'ecgpage[archive]'")


def jpeg(seed: int) -> bytes:
    """A small page, different for each seed."""
    small = cv2.resize(drawn_page(seed), (320, 227), interpolation=cv2.INTER_AREA)
    return bytes(cv2.imencode(".jpg", small)[1])


def tiff(*seeds: int) -> bytes:
    """A file of several pages."""
    frames = [Image.open(BytesIO(jpeg(seed))) for seed in seeds]
    stream = BytesIO()
    frames[0].save(stream, "TIFF", save_all=True, append_images=frames[1:])
    return stream.getvalue()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Eight pages, a file of three and a broken one, and a model."""
    (tmp_path / "pages" / "deep").mkdir(parents=True)
    for number in range(8):
        (tmp_path / "pages" / "deep" / f"{number}.jpg").write_bytes(jpeg(number))
    (tmp_path / "pages" / "many.tif").write_bytes(tiff(20, 21, 22))
    (tmp_path / "pages" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing more")
    write_small_model(tmp_path / "model")
    return tmp_path


def request(place: Path, **others: Any) -> ArchiveRequest:
    asked = ArchiveRequest(
        (str(place / "pages"),), str(place / "out"), str(place / "ledger.sqlite"), part_pages=4
    )
    return replace(asked, **others)


def run(place: Path, **others: Any) -> Archived:
    return work_through(request(place, **others), open_predict_look(place / "model"))


def rows(place: Path, table: str, out: str = "out") -> list[dict[str, Any]]:
    """All rows of a table, as DuckDB reads them."""
    import duckdb

    files = f"{place}/{out}/{table}/**/*.parquet"
    found = duckdb.sql(f"select * from read_parquet('{files}') order by path, page").fetchall()
    names = [c[0] for c in duckdb.sql(f"describe select * from read_parquet('{files}')").fetchall()]
    return [dict(zip(names, row, strict=True)) for row in found]


def bytes_of(folder: Path) -> dict[str, str]:
    """Every file below a folder with the hash of its content."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*.parquet"))
    }


def test_every_page_is_there_once_with_where_it_comes_from(place: Path) -> None:
    told = run(place)
    assert (told.count.pages, told.count.done, told.count.refused) == (12, 11, 1)
    predicted = rows(place, "predictions")
    names = Counter((Path(row["path"]).name, row["page"]) for row in predicted)
    assert names == Counter(
        [(f"{n}.jpg", 1) for n in range(8)] + [("many.tif", n) for n in (1, 2, 3)]
    )
    assert all(0 <= row["probability"] <= 1 for row in predicted)
    (refused,) = rows(place, "refusals")
    assert (Path(refused["path"]).name, refused["code"]) == ("broken.png", "truncated-image")
    assert "truncated" in refused["code"]
    assert refused["todo"]
    for row in rows(place, "provenance"):
        assert row["sha256"] == hashlib.sha256(Path(row["path"]).read_bytes()).hexdigest()
        assert row["bytes"] == Path(row["path"]).stat().st_size
        assert row["state"] == ("refused" if "broken" in row["path"] else "done")
        assert '"model"' in row["settings"]
        assert row["version"]


def test_again_does_nothing_and_changes_no_byte(place: Path) -> None:
    run(place)
    before = bytes_of(place / "out")
    assert len(before) == 3 * 3
    told = run(place)
    assert told.worked == 0
    assert (told.count.done, told.count.refused) == (11, 1)
    assert bytes_of(place / "out") == before


def test_only_what_is_new_or_changed_is_done(place: Path) -> None:
    run(place)
    (place / "pages" / "new.jpg").write_bytes(jpeg(30))
    (place / "pages" / "deep" / "3.jpg").write_bytes(jpeg(31))
    told = run(place)
    assert told.worked == 2
    assert told.count.pages == 13
    found = {row["path"]: row for row in rows(place, "predictions") if row["page"] == 1}
    assert len(rows(place, "predictions")) == 12
    for name in ("new.jpg", "deep/3.jpg"):
        path = place / "pages" / name
        assert found[str(path)]["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_renamed_page_is_not_worked_on_again(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(place)
    os.rename(place / "pages" / "deep" / "5.jpg", place / "pages" / "renamed.jpg")  # noqa: PTH104
    seen: list[PageDone] = []
    from ecgpage.flows import archive

    plain = archive._with_refusal
    monkeypatch.setattr(
        archive, "_with_refusal", lambda outcome: seen.append(outcome.value) or plain(outcome)
    )
    run(place)
    assert [done.same for done in seen] == [True]
    found = {Path(row["path"]).name: row["probability"] for row in rows(place, "predictions")}
    assert found["renamed.jpg"] == found["5.jpg"]


def test_refused_pages_stand_until_they_are_asked_for(place: Path) -> None:
    run(place)
    assert run(place, retry_refused=True).worked == 1
    (place / "pages" / "gone.jpg").symlink_to("nowhere.jpg")
    assert run(place).worked == 1
    assert run(place).worked == 1  # what could not be read is looked for again
    (place / "pages" / "gone.jpg").unlink()
    (place / "pages" / "gone.jpg").write_bytes(jpeg(40))
    told = run(place)
    assert (told.count.done, told.count.refused) == (12, 1)
    assert len(rows(place, "refusals")) == 1


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_lists_name_files_beside_them(place: Path, kind: str) -> None:
    names = [
        "pages/deep/1.jpg",
        "pages/many.tif",
        "pages/deep/1.jpg",
        str(place / "pages/deep/2.jpg"),
    ]
    path = place / f"list.{kind}"
    if kind == "csv":
        with path.open("w", newline="") as stream:
            csv.writer(stream).writerows(
                [["id", "path"], *([n, name] for n, name in enumerate(names))]
            )
    else:
        import pyarrow
        from pyarrow import parquet

        parquet.write_table(pyarrow.table({"path": names}), path)
    told = run(place, paths=(str(path),))
    assert (told.count.pages, told.count.done) == (5, 5)


def test_a_page_of_a_file_alone(place: Path) -> None:
    told = run(place, paths=(str(place / "pages" / "many.tif") + "#2",))
    assert told.count.pages == 1
    (row,) = rows(place, "predictions")
    assert row["page"] == 2


def test_another_model_is_other_work_beside_the_first(place: Path) -> None:
    run(place)
    write_small_model(place / "model", gain=10.0)
    run(place)
    assert len(rows(place, "predictions")) == 22
    assert len({row["work"] for row in rows(place, "predictions")}) == 2


def test_results_without_their_ledger_are_not_doubled(place: Path) -> None:
    run(place)
    with pytest.raises(WrongUse, match="this ledger knows nothing of"):
        run(place, ledger=str(place / "other.sqlite"))


def test_two_runs_never_write_one_output(place: Path) -> None:
    from ecgpage.flows.archive_looks import work_of
    from ecgpage.store import ArchiveBook

    work = work_of(open_predict_look(place / "model"))
    with (
        ArchiveBook(str(place / "ledger.sqlite"), work, str(place / "out"), run="a", part_pages=4),
        pytest.raises(WrongUse, match="another run is writing"),
    ):
        run(place)


def test_status_says_how_far_a_run_is(place: Path) -> None:
    run(place, run="night")
    (state,) = states(str(place / "ledger.sqlite"), "night")
    assert (state.state, state.pages, state.settled, state.refused) == ("ended", 12, 12, 1)
    assert state.refused_share == pytest.approx(1 / 12)
    with pytest.raises(WrongUse, match="no such run"):
        states(str(place / "ledger.sqlite"), "noon")


def test_an_interrupted_run_goes_on(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ecgpage.flows import archive

    whole = run(place, parquet=str(place / "whole"), ledger=str(place / "whole.sqlite"))
    plain, count = archive._with_refusal, [0]

    def interrupt(outcome: Any) -> Any:
        count[0] += 1
        if count[0] == 6:
            raise KeyboardInterrupt
        return plain(outcome)

    with monkeypatch.context() as patch:
        patch.setattr(archive, "_with_refusal", interrupt)
        with pytest.raises(KeyboardInterrupt):
            run(place, run="night")
    assert states(str(place / "ledger.sqlite"), "night")[0].state == "stopped"
    told = run(place, run="night")
    assert 0 < told.worked < whole.worked
    assert bytes_of(place / "out") == bytes_of(place / "whole")


@dataclass(frozen=True, slots=True)
class CheapLook(AuditLook):
    """A row without looking."""

    def __call__(self, place: str, digest: str) -> dict[str, Any]:
        return {"rows": {"traits": [{"width_px": 1}]}}


def peak_bytes(folder: Path, count: int) -> int:
    """The most that Python allocates while an archive of so many entries is worked through."""
    (folder / str(count)).mkdir()
    for number in range(count):
        (folder / str(count) / f"{number}.jpg").symlink_to(folder / "page.jpg")
    listed = "path\n" + "".join(f"{count}/{number}.jpg\n" for number in range(count))
    (folder / f"{count}.csv").write_text(listed)
    asked = request(
        folder, paths=(str(folder / f"{count}.csv"),), part_pages=200,
        parquet=str(folder / f"out{count}"), ledger=str(folder / f"{count}.sqlite"),
    )  # fmt: skip
    tracemalloc.start()
    told = work_through(asked, CheapLook())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert told.count.done == count
    return peak


@pytest.mark.slow
def test_memory_stays_flat_in_the_number_of_entries(tmp_path: Path) -> None:
    """In a process of its own, where nothing that other tests have left allocates beside it."""
    (tmp_path / "page.jpg").write_bytes(jpeg(1))
    code = (
        "import json, sys, pathlib; from flows.test_archive import peak_bytes;"
        "print(json.dumps([peak_bytes(pathlib.Path(sys.argv[1]), n) for n in (300, 1200, 3600)]))"
    )
    said = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], cwd=Path(__file__).parents[1],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    _, few, many = json.loads(said.stdout)  # the first loads what is loaded once
    assert many < few + 1_000_000


@pytest.mark.slow
def test_processes_and_limits_change_nothing(place: Path) -> None:
    run(place)
    means = Means(2, limit_s=60, limit_mb=4000)
    other = {"parquet": str(place / "two"), "ledger": str(place / "two.sqlite")}
    run(place, means=means, **other)
    assert bytes_of(place / "out") == bytes_of(place / "two")


def test_predict_and_digitise_find_pages_at_addresses_and_in_lists(place: Path) -> None:
    import fsspec

    from ecgpage.flows.digitise import DigitiseRequest, find_tasks
    from ecgpage.flows.measure import MeasureRequest
    from ecgpage.flows.measure import find_tasks as find_measured
    from ecgpage.flows.predict import PredictRequest, predict

    store = fsspec.filesystem("memory")
    for number in range(2):
        store.pipe_file(f"/scans/{number}.jpg", jpeg(number))
    request = PredictRequest(place / "model", ("memory://scans",), place / "p.csv", jobs=1)
    assert predict(request).failed == 0
    local = PredictRequest(place / "model", (str(place / "pages/deep"),), place / "l.csv", jobs=1)
    predict(local)
    told, there = (list(csv.DictReader((place / name).open())) for name in ("p.csv", "l.csv"))
    assert [row["probability"] for row in told] == [row["probability"] for row in there[:2]]
    (place / "list.csv").write_text("path\nmemory://scans/1.jpg\npages/deep/3.jpg\n")
    paths = (str(place / "list.csv"),)
    digitised = [task.path for task in find_tasks(DigitiseRequest(paths, place / "records"))]
    measured = [task.path for task in find_measured(MeasureRequest(paths, place / "m.jsonl"))]
    assert digitised == measured == ["memory://scans/1.jpg", str(place / "pages/deep/3.jpg")]
    store.rm("/scans", recursive=True)


@pytest.mark.slow
def test_the_commands_say_what_they_did(place: Path) -> None:
    from click.testing import CliRunner

    from ecgpage.cli.main import group

    def say(*words: str) -> Any:
        return CliRunner().invoke(group, [*words, "--ledger", str(place / "ledger.sqlite")])

    asked = ("audit", str(place / "pages"), "--parquet", str(place / "out"), "--jobs", "1")
    done = say(*asked, "--run", "night")
    assert done.exit_code == 1, done.output
    assert "broken.png" in done.output
    told = say("status", "night", "--json")
    assert told.exit_code == 0
    (state,) = json.loads(told.output)
    assert (state["settled"], state["refused"], state["state"]) == (12, 1, "ended")
    assert "12/12" in say("status").output
    alone = say("audit", str(place / "pages"))
    assert alone.exit_code == 2
    assert "--ledger goes with --parquet" in alone.output


def test_audit_writes_traits(place: Path) -> None:
    told = work_through(request(place), AuditLook())
    assert told.count.done == 11
    assert {row["width_px"] for row in rows(place, "traits")} == {320}


@pytest.mark.slow
def test_digitise_writes_records_at_an_address(place: Path) -> None:
    from ecgpage import read, render

    page, _ = next(iter(render.demo_pages(1, 5)))
    cv2.imwrite(str(place / "pages" / "good.png"), page.page.image[..., ::-1])
    records = f"file://{place}/records"
    paths = (str(place / "pages" / "good.png"), str(place / "pages" / "deep" / "1.jpg"))
    look = DigitiseLook(records=records, formats=("dcm",), settings=Settings())
    told = work_through(request(place, paths=paths), look)
    assert told.count.done == 1
    (row,) = [row for row in rows(place, "provenance") if row["record"]]
    stem = place / "records" / row["record"]
    assert read.read_record(stem).signal_mv.shape[0] == 12
    assert stem.with_name(stem.name + ".dcm").is_file()
    assert {row["lead"] for row in rows(place, "leads")} >= {"I", "V6"}
