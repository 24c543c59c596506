"""A batch with its book in a database: resumed, never doubled, also after a real kill."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from ecgpage.store.ledger import SqlLedger
from ecgpage.values import Outcome, WrongUse
from ecgpage.work import run, stamp

from . import fakes

_COUNT = 120

_RUN = """
import sys
sys.path.insert(0, sys.argv[3])
from tests.work import fakes
from ecgpage.store.ledger import SqlLedger
from ecgpage.work import run
if __name__ == "__main__":
    with SqlLedger(sys.argv[1], "b") as book:
        items = [(sys.argv[2], number) for number in range(int(sys.argv[4]))]
        for outcome in run(fakes.slow_note, items, key=lambda i: str(i[1]), ledger=book, jobs=2):
            print(outcome.key, flush=True)
"""


@pytest.fixture
def book(tmp_path: Path) -> SqlLedger[object]:
    return SqlLedger(tmp_path / "book.sqlite", "batch")


def test_what_is_written_is_known_with_its_fingerprint_only(book: SqlLedger[object]) -> None:
    value = {"probability": 0.25, "leads": ["I", "V1"]}
    book.write(Outcome("a", value), "v1")
    for _ in range(2):  # from memory, then from the database
        assert book.known("a", "v1") == Outcome("a", value)
        assert book.known("a", "v2") is None
        assert book.known("b", "v1") is None
        book.flush()


def test_none_is_a_value_and_a_refusal_is_not_done(book: SqlLedger[object]) -> None:
    book.write(Outcome("none"), "")
    book.write(Outcome("bad", None, fakes.REFUSAL), "")
    book.flush()
    assert book.known("none", "") == Outcome("none")
    assert book.known("bad", "") is None
    assert list(book.outcomes()) == [Outcome("bad", None, fakes.REFUSAL), Outcome("none")]


def test_a_row_is_replaced_and_never_doubled(book: SqlLedger[object], tmp_path: Path) -> None:
    for value in range(3):
        book.write(Outcome("a", value), str(value))
        book.flush()
    book.close()
    with sa.create_engine(f"sqlite:///{tmp_path}/book.sqlite").connect() as connection:
        rows = connection.execute(sa.text("select key, value from ledger_outcomes")).all()
    assert [tuple(row) for row in rows] == [("a", "2")]


def test_batches_in_one_file_do_not_see_each_other(tmp_path: Path) -> None:
    one, two = (SqlLedger[int](tmp_path / "book.sqlite", name) for name in ("one", "two"))
    one.write(Outcome("a", 1), "")
    one.flush()
    two.write(Outcome("a", 2), "")
    two.flush()
    assert (one.known("a", ""), two.known("a", "")) == (Outcome("a", 1), Outcome("a", 2))
    one.close()
    two.close()


def test_values_of_any_type_pass_through_encode_and_decode(tmp_path: Path) -> None:
    with SqlLedger(tmp_path / "b.sqlite", "b", encode=list, decode=tuple) as book:
        book.write(Outcome("a", (1, 2)), "")
        book.flush()
        assert book.known("a", "") == Outcome("a", (1, 2))


def test_a_name_that_is_no_utf8_is_kept(book: SqlLedger[object]) -> None:
    book.write(Outcome("scan\udcff.png", 1), "")
    book.flush()
    assert book.known("scan\udcff.png", "") == Outcome("scan\udcff.png", 1)


def test_a_ledger_that_cannot_be_opened_says_so(tmp_path: Path) -> None:
    (tmp_path / "folder.sqlite").mkdir()
    with pytest.raises(WrongUse, match="the ledger cannot be opened"):
        SqlLedger(tmp_path / "folder.sqlite", "b")
    with pytest.raises(WrongUse, match="the ledger cannot be opened"):
        SqlLedger("nonsense://", "b")


def test_a_stamp_changes_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "page"
    assert stamp(path) == ""
    path.write_bytes(b"a")
    first = stamp(path)
    path.write_bytes(b"ab")
    assert first
    assert stamp(path) != first


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_a_killed_run_goes_on_where_it_was(tmp_path: Path) -> None:
    script = tmp_path / "job.py"
    script.write_text(_RUN)
    checkout = str(Path(__file__).resolve().parents[2])
    command = [sys.executable, str(script), str(tmp_path / "b.sqlite"), str(tmp_path), checkout]
    command.append(str(_COUNT))
    first = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert first.stdout is not None
    for _ in range(_COUNT // 2):
        first.stdout.readline()
    first.send_signal(signal.SIGKILL)
    first.wait()
    first.stdout.close()
    done_before = _wait_for_workers(tmp_path)
    assert 0 < done_before < _COUNT
    with SqlLedger[int](tmp_path / "b.sqlite", "b") as book:
        kept = sum(1 for _ in book.outcomes())
    assert kept > 0
    second = subprocess.run(command, capture_output=True, text=True, check=True)
    assert second.stdout.split() == [str(number) for number in range(_COUNT)]
    with SqlLedger[int](tmp_path / "b.sqlite", "b") as book:
        outcomes = {outcome.key: outcome.value for outcome in book.outcomes()}
    assert outcomes == {str(number): 2 * number for number in range(_COUNT)}
    calls = [len(path.read_text()) for path in tmp_path.glob("*.calls")]
    assert len(calls) == _COUNT
    assert sum(calls) - _COUNT <= done_before - kept  # what was kept was not done again


def _wait_for_workers(folder: Path) -> int:
    """Let workers that outlive their killed parent finish their last item."""
    count = -1
    while count != (count := len(list(folder.glob("*.calls")))):
        time.sleep(0.2)
    return count


def test_the_engine_with_a_ledger_in_a_database(book: SqlLedger[object]) -> None:
    first = list(run(fakes.refuse_odd, range(4), key=str, ledger=book))
    again = list(run(fakes.refuse_odd, range(4), key=str, ledger=book))
    assert first == again
    assert len(list(book.outcomes())) == 4


@pytest.mark.slow
@pytest.mark.postgres
def test_a_ledger_in_postgresql(postgres_url: str) -> None:
    with SqlLedger[object](postgres_url, "batch") as one, SqlLedger[object](
        postgres_url, "batch"
    ) as two:  # fmt: skip
        one.write(Outcome("a", 1), "v1")
        one.flush()
        two.write(Outcome("a", 2), "v2")
        two.flush()
        assert one.known("a", "v1") is None
        assert one.known("a", "v2") == Outcome("a", 2)
        outcomes = list(run(fakes.refuse_odd, range(4), key=str, ledger=one))
        assert outcomes[0].value == 0
        one.flush()
        assert {outcome.key for outcome in two.outcomes()} == {"0", "1", "2", "3", "a"}


def test_two_writers_share_one_file(tmp_path: Path) -> None:
    paths = [tmp_path / "book.sqlite"] * 2
    books = [SqlLedger[int](path, "batch") for path in paths]
    for number in range(300):
        books[number % 2].write(Outcome(str(number), number), "")
    for book in books:
        book.close()
    with SqlLedger[int](tmp_path / "book.sqlite", "batch") as book:
        assert {outcome.value for outcome in book.outcomes()} == set(range(300))
