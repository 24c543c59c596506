"""Opening data sets in all their forms, and what is wrong with them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ecgpage.label import fingerprint, labelled, open_dataset
from ecgpage.values import Dataset, WrongUse


def touch(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(name.encode())


def listed(dataset: Dataset) -> list[tuple[str, str | None]]:
    return [(item.key, item.label) for item in dataset]


def codes(dataset: Dataset) -> list[str]:
    return [fault.code for fault in dataset.faults]


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_text(text, encoding=encoding, newline="")
    return path


def refusal(path: Path, **options: str) -> tuple[str, str]:
    with pytest.raises(WrongUse) as caught:
        open_dataset(path, **options)
    return caught.value.refusal.code, str(caught.value)


def test_class_folders_of_any_name(tmp_path: Path) -> None:
    touch(tmp_path, "Vorhofflimmern/a.png", "sinus rhythm/b.JPG", "sinus rhythm/deep/er/c.pdf")
    touch(tmp_path, "sinus rhythm/notes.txt", "sinus rhythm/.hidden.png")
    dataset = open_dataset(tmp_path)
    assert listed(dataset) == [
        ("Vorhofflimmern/a.png", "Vorhofflimmern"),
        ("sinus rhythm/b.JPG", "sinus rhythm"),
        ("sinus rhythm/deep/er/c.pdf", "sinus rhythm"),
    ]
    assert dataset.items[2].columns == {"folder": "deep/er"}
    assert dataset.faults == ()


def test_parts_above_class_folders(tmp_path: Path) -> None:
    touch(tmp_path, "Training data/Normal/a.png", "Training data/Abnormal/b.png")
    touch(tmp_path, "Test data/Abnormal/a.png", "val/Normal/c.png")
    dataset = open_dataset(tmp_path)
    found = {item.key: (item.label, item.columns["split"]) for item in dataset}
    assert found == {
        "Training data/Normal/a.png": ("Normal", "train"),
        "Training data/Abnormal/b.png": ("Abnormal", "train"),
        "Test data/Abnormal/a.png": ("Abnormal", "test"),
        "val/Normal/c.png": ("Normal", "validation"),
    }


def test_a_page_beside_the_parts_is_left_out_and_told(tmp_path: Path) -> None:
    touch(tmp_path, "train/N/a.png", "test/N/b.png", "more/N/c.png", "d.png")
    dataset = open_dataset(tmp_path)
    assert [item.key for item in dataset] == ["test/N/b.png", "train/N/a.png"]
    assert codes(dataset) == ["outside-parts", "outside-parts"]


def test_a_class_may_have_a_neutral_name_beside_another(tmp_path: Path) -> None:
    touch(tmp_path, "all/ecg/a.png", "all/not ecg/b.png")
    assert open_dataset(tmp_path / "all").labels == ("ecg", "not ecg")
    touch(tmp_path, "set/images/ecg/a.png", "set/images/other/b.png")
    assert open_dataset(tmp_path / "set").labels == ("ecg", "other")


def test_a_flat_folder_has_no_labels_and_no_faults(tmp_path: Path) -> None:
    touch(tmp_path, "b.png", "a.png")
    dataset = open_dataset(tmp_path)
    assert listed(dataset) == [("a.png", None), ("b.png", None)]
    assert dataset.faults == ()
    with pytest.raises(WrongUse, match="not one page has a label"):
        labelled(dataset)


def test_one_class_is_too_few_to_train_on(tmp_path: Path) -> None:
    touch(tmp_path, "Normal/b.png")
    with pytest.raises(WrongUse, match="at least 2; received 'Normal'"):
        labelled(open_dataset(tmp_path))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
def test_manifest_in_every_usual_form(tmp_path: Path, delimiter: str, encoding: str) -> None:
    touch(tmp_path, "p/a.png", "p/b.png")
    rows = [["path", "label", "Gerät"], ["p/a.png", "Früh", 'A, "x"; y'], ["p/b.png", "spät", ""]]
    text = "\r\n".join(
        delimiter.join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows
    )
    dataset = open_dataset(write(tmp_path / "m.csv", text, encoding))
    assert listed(dataset) == [("p/a.png", "Früh"), ("p/b.png", "spät")]
    assert dataset.items[0].columns == {"Gerät": 'A, "x"; y'}
    assert Path(dataset.items[0].path) == tmp_path / "p" / "a.png"


def test_folder_with_a_manifest_is_opened_through_it(tmp_path: Path) -> None:
    touch(tmp_path, "p/a.png", "p/b.png")
    write(tmp_path / "manifest.csv", "path,label\np/b.png,N\n")
    assert listed(open_dataset(tmp_path)) == [("p/b.png", "N")]


def test_wrong_column_names_get_the_nearest(tmp_path: Path) -> None:
    touch(tmp_path, "a.png")
    slip = write(tmp_path / "slip.csv", "path,lable\na.png,N\n")
    assert refusal(slip)[0] == "missing-column"
    assert "Did you mean 'lable'?" in refusal(slip)[1]
    named = write(tmp_path / "named.csv", "file,Diagnosis\na.png,N\n")
    assert "no column 'path'" in refusal(named)[1]
    assert "Did you mean 'Diagnosis'?" in refusal(
        named, path_column="file", label_column="diagnosi"
    )[1]  # fmt: skip
    same = open_dataset(named, path_column="FILE", label_column="diagnosis")
    assert listed(same) == [("a.png", "N")]


def test_doubtful_rows_are_faults_and_the_rest_is_read(tmp_path: Path) -> None:
    touch(tmp_path, "a.png", "b.png", "c.png", "scan.pdf")
    text = "path,label\na.png,N\nb.png,\n./a.png,N\nc.png,N\nc.png,A\n,N\nx,y,z\nscam.pdf,N\n"
    dataset = open_dataset(write(tmp_path / "m.csv", text + "scan.pdf#2,A\n"))
    assert listed(dataset) == [
        ("a.png", "N"), ("b.png", None), ("c.png", None), ("scam.pdf", "N"), ("scan.pdf#2", "A"),
    ]  # fmt: skip
    told = {fault.code: fault for fault in dataset.faults}
    assert len(told) == len(dataset.faults) == 6
    assert told["empty-label"].where == "b.png"
    assert told["duplicate-path"].where == "m.csv line 4"
    assert "at m.csv line 5 as N" in told["two-labels"].received
    assert told["empty-path"].where == "m.csv line 7"
    assert told["row-length"].received == "3"
    assert told["absent-file"].todo == "Did you mean 'scan.pdf'?"


def test_what_cannot_be_opened_says_why(tmp_path: Path) -> None:
    found = [
        refusal(tmp_path / "nothing"),
        refusal(tmp_path),
        refusal(write(tmp_path / "empty.csv", "")),
        refusal(write(tmp_path / "head.csv", "path,label\n")),
        refusal(write(tmp_path / "twice.csv", "path,label,label\na,b,c\n")),
        refusal(write(tmp_path / "binary.csv", "path\0,label\n")),
        refusal(write(tmp_path / "gone.csv", "path,label\na.png,N\n")),
        refusal(write(tmp_path / "a.docx", "")),
    ]
    assert [code for code, _ in found] == [
        "no-such-dataset", "no-pages", "empty-manifest", "no-rows", "duplicate-column",
        "not-text", "all-absent", "not-a-dataset",
    ]  # fmt: skip
    assert len({message for _, message in found}) == len(found)


def test_backslashes_are_folders_only_where_they_must_be(tmp_path: Path) -> None:
    touch(tmp_path, "p/a.png", "odd\\name.png")
    text = "path,label\np\\a.png,N\nodd\\name.png,A\n"
    assert [i.key for i in open_dataset(write(tmp_path / "m.csv", text))] == [
        "p/a.png", "odd\\name.png",
    ]  # fmt: skip


def test_ptbxl_simple_form(tmp_path: Path) -> None:
    touch(tmp_path, "records/00001_hr.hea", "records/00002_hr.hea")
    write(
        tmp_path / "labels.csv",
        "record,ecg_id,statements,normal\n00001_hr,1,NORM SR,1\n00002_hr,2,NDT,0\n",
    )
    dataset = open_dataset(tmp_path)
    assert listed(dataset) == [
        ("records/00001_hr.hea", "Normal"),
        ("records/00002_hr.hea", "Abnormal"),
    ]
    assert open_dataset(tmp_path, label_column="normal").labels == ("0", "1")


def test_ptbxl_full_form(tmp_path: Path) -> None:
    touch(tmp_path, "hi/00001_hr.hea", "lo/00002_lr.hea")
    write(
        tmp_path / "ptbxl_database.csv",
        "ecg_id,patient_id,scp_codes,strat_fold,filename_lr,filename_hr\n"
        "1,7,\"{'NORM': 100.0, 'SR': 0.0}\",9,lo/00001_lr,hi/00001_hr\n"
        "2,8,\"{'NDT': 100.0, 'IMI': 15.0}\",3,lo/00002_lr,hi/00002_hr\n",
    )
    write(tmp_path / "scp_statements.csv", ",diagnostic_class\nNORM,NORM\nNDT,STTC\nIMI,MI\nSR,\n")
    normal, other = open_dataset(tmp_path)
    assert (normal.key, normal.label) == ("hi/00001_hr.hea", "Normal")
    assert (normal.columns["split"], normal.columns["superclasses"]) == ("validation", "NORM")
    assert (other.key, other.label) == ("lo/00002_lr.hea", "Abnormal")
    assert other.columns["superclasses"] == "MI STTC"
    assert other.columns["statements"] == "NDT IMI"


def test_fingerprint_changes_with_label_name_and_content_only(tmp_path: Path) -> None:
    touch(tmp_path, "N/a.png", "A/b.png")
    first = fingerprint(open_dataset(tmp_path))
    manifest = write(tmp_path / "m.csv", "path,label\nN/a.png,N\nA/b.png,A\n")
    assert fingerprint(open_dataset(manifest)) == first
    write(manifest, "path,label\nN/a.png,A\nA/b.png,A\n")
    assert fingerprint(open_dataset(manifest)) != first
    (tmp_path / "N" / "a.png").write_bytes(b"other")
    assert fingerprint(open_dataset(tmp_path)) != first


def test_fingerprint_of_a_record_covers_its_signal(tmp_path: Path) -> None:
    touch(tmp_path, "records/1.hea", "records/1.dat")
    write(tmp_path / "labels.csv", "record,statements,normal\n1,NORM,1\n")
    first = fingerprint(open_dataset(tmp_path))
    (tmp_path / "records/1.dat").write_bytes(b"other")
    assert fingerprint(open_dataset(tmp_path)) != first


@pytest.mark.data
def test_development_sets_open(data_dir: Path) -> None:
    pages = open_dataset(data_dir / "mendeley" / "manifest.csv")
    assert (len(pages), pages.labels, pages.faults) == (376, ("Abnormal", "Normal"), ())
    records = open_dataset(data_dir / "ptbxl")
    assert sum(item.label == "Normal" for item in records) == sum(
        item.columns["normal"] == "1" for item in records
    )
    assert len(open_dataset(data_dir / "seed-images")) == 50


def test_links_to_folders_are_followed_once(tmp_path: Path) -> None:
    touch(tmp_path, "store/a.png", "set/N/b.png")
    (tmp_path / "set" / "A").symlink_to(tmp_path / "store")
    (tmp_path / "store" / "loop").symlink_to(tmp_path / "set")
    assert listed(open_dataset(tmp_path / "set")) == [("A/a.png", "A"), ("N/b.png", "N")]


def test_a_folder_that_cannot_be_listed_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch(tmp_path, "N/a.png", "A/b.png")
    real = os.scandir

    def scandir(path: str) -> object:
        if str(path).endswith("/A"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    dataset = open_dataset(tmp_path)
    assert [item.key for item in dataset] == ["N/a.png"]
    assert codes(dataset) == ["unlisted-folder"]


def test_a_manifest_that_cannot_be_read_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "m.csv", "path,label\na.png,N\n")

    def denied(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "read_bytes", denied)
    assert refusal(path)[0] == "unreadable-file"
