"""Records from files, in millivolts, with standard names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import wfdb

from ecgpage.read import find_records, read_record
from ecgpage.read.records import standard_lead
from ecgpage.values import LEADS, Refused

SIGNAL = np.random.default_rng(1).normal(0, 0.4, (12, 600))


def write(folder: Path, name: str, unit: str, names: list[str], **more: object) -> None:
    factor = {"mV": 1.0, "uV": 1000.0, "V": 0.001, "mmHg": 1.0}[unit]
    wfdb.wrsamp(
        name, fs=250, units=[unit] * len(names), sig_name=names, write_dir=str(folder),
        p_signal=SIGNAL[: len(names)].T * factor, fmt=["16"] * len(names), **more,
    )  # fmt: skip


@pytest.mark.parametrize("unit", ["mV", "uV", "V"])
def test_all_units_become_millivolts(tmp_path: Path, unit: str) -> None:
    write(tmp_path, "r", unit, list(LEADS))
    record = read_record(tmp_path / "r.hea")
    assert record.rate_hz == 250
    assert np.allclose(record.signal_mv, SIGNAL, atol=1e-3)


def test_stem_header_and_data_file_name_the_same_record(tmp_path: Path) -> None:
    write(tmp_path, "r", "mV", list(LEADS))
    records = [read_record(tmp_path / name) for name in ("r", "r.hea", "r.dat")]
    assert all(np.array_equal(records[0].signal_mv, r.signal_mv) for r in records)
    assert {r.name for r in records} == {"r"}


def test_a_record_name_with_a_dot_is_kept(tmp_path: Path) -> None:
    write(tmp_path, "r", "mV", list(LEADS))
    (tmp_path / "a.b.npy").write_bytes(b"")
    np.save(tmp_path / "a.b.npy", SIGNAL)
    assert read_record(tmp_path / "a.b.npy", rate_hz=250).name == "a.b"


@pytest.mark.parametrize(
    ("written", "standard"),
    [("i", "I"), ("avr", "aVR"), ("AVL", "aVL"), ("v1", "V1"), ("MLII", "II"), ("DI", "I"),
     ("D3", "III"), ("MDC_ECG_LEAD_V6", "V6"), ("Lead II", "II"), ("Pleth", "Pleth")],
)  # fmt: skip
def test_lead_names_become_standard(written: str, standard: str) -> None:
    assert standard_lead(written) == standard


def test_age_and_sex_are_kept_and_nothing_else(tmp_path: Path) -> None:
    comments = ["<age>: 51", "<sex>: F", "Name: somebody"]
    write(tmp_path, "r", "mV", list(LEADS), comments=comments)
    assert read_record(tmp_path / "r").notes == {"age": "51", "sex": "female"}


@pytest.mark.parametrize("shape", ["lead first", "time first"])
def test_arrays_either_way_round(tmp_path: Path, shape: str) -> None:
    np.save(tmp_path / "a.npy", SIGNAL if shape == "lead first" else SIGNAL.T)
    record = read_record(tmp_path / "a.npy", rate_hz=400)
    assert np.array_equal(record.signal_mv, SIGNAL)


def test_archives_say_their_rate_and_leads(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", signal_mv=SIGNAL[:2], rate_hz=333.0, leads=["ii", "v5"])
    record = read_record(tmp_path / "a.npz")
    assert (record.leads, record.rate_hz) == (("II", "V5"), 333.0)


def refusal_code(path: Path, **more: object) -> str:
    with pytest.raises(Refused) as caught:
        read_record(path, **more)  # type: ignore[arg-type]
    refusal = caught.value.refusal
    assert str(path) == refusal.where
    assert refusal.todo
    return refusal.code


def test_each_fault_has_its_own_code(tmp_path: Path) -> None:
    assert refusal_code(tmp_path / "none") == "absent-file"
    assert refusal_code(tmp_path / "none.npy") == "absent-file"
    (tmp_path / "text.hea").write_text("nothing of the kind")
    assert refusal_code(tmp_path / "text") == "unreadable-record"
    write(tmp_path, "lost", "mV", list(LEADS))
    (tmp_path / "lost.dat").unlink()
    assert refusal_code(tmp_path / "lost") == "unreadable-record"
    write(tmp_path, "pressure", "mmHg", ["I", "ABP"])
    assert refusal_code(tmp_path / "pressure") == "wrong-unit"
    write(tmp_path, "pleth", "mV", ["Pleth", "Resp"])
    assert refusal_code(tmp_path / "pleth") == "no-leads"
    (tmp_path / "junk.npy").write_bytes(b"junk")
    assert refusal_code(tmp_path / "junk.npy", rate_hz=500) == "unreadable-record"
    np.save(tmp_path / "a.npy", SIGNAL)
    assert refusal_code(tmp_path / "a.npy") == "no-rate"
    np.save(tmp_path / "b.npy", SIGNAL[:5])
    assert refusal_code(tmp_path / "b.npy", rate_hz=500) == "wrong-shape"
    np.save(tmp_path / "uv.npy", SIGNAL * 1000)
    assert refusal_code(tmp_path / "uv.npy", rate_hz=500) == "wrong-unit"
    np.save(tmp_path / "object.npy", np.array([{}]), allow_pickle=True)
    assert refusal_code(tmp_path / "object.npy", rate_hz=500) == "unreadable-record"


def test_of_ptbxl_only_the_full_rate_is_found(tmp_path: Path) -> None:
    for folder in ("records100/00000", "records500/00000"):
        (tmp_path / folder).mkdir(parents=True)
        write(tmp_path / folder, "r", "mV", list(LEADS))
    assert list(find_records([tmp_path])) == [str(tmp_path / "records500" / "00000" / "r.hea")]
