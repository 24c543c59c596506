"""``ecgpage label`` as a command: address, end, consensus, what it refuses."""

from __future__ import annotations

import json
import signal
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ecgpage.cli.commands.label import command
from ecgpage.store import LabelStore, store_beside
from ecgpage.values import Judgement, Refused
from ecgpage.web.launch import without_password
from ecgpage.web.pictures import Pictures
from web.conftest import Served


def invoke(*arguments: str | Path) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


@pytest.mark.slow
def test_ctrl_c_ends_it_well(serve: Callable[..., Served], pages: Path) -> None:
    served = serve(pages)
    assert served.url.startswith("http://127.0.0.1:")
    assert "token" not in served.url
    served.process.send_signal(signal.SIGINT)
    assert served.process.wait(20) == 0


def test_consensus_is_written_and_the_command_ends(pages: Path, tmp_path: Path) -> None:
    now = datetime(2024, 5, 1, tzinfo=UTC)
    with LabelStore(store_beside(pages)) as labels:
        for who in ("Ada", "Ben"):
            labels.add([Judgement("page-001.png", "Normal", who, "person", now)])
    for name in ("agreed.csv", "agreed.json"):
        result = invoke(pages, "--consensus", tmp_path / name)
        assert result.exit_code == 0, result.output
        assert "1 pages written" in result.output
    assert 'page-001.png,Normal,all,2,"Normal: Ada, Ben"' in (tmp_path / "agreed.csv").read_text()
    rows = json.loads((tmp_path / "agreed.json").read_text())
    assert rows[1]["votes"] == {"Normal": ["Ada", "Ben"]}


@pytest.mark.parametrize(
    ("options", "code"),
    [(["--queue", "nothing"], "unknown-queue"), (["--classes", "A=u"], "bad-classes"),
     (["--token", "short"], "weak-token"), (["--host", "203.0.113.7"], "cannot-listen"),
     (["--store", "mysql://x/y"], "bad-store-url")],
)  # fmt: skip
def test_wrong_use_is_refused(pages: Path, options: list[str], code: str) -> None:
    error = invoke(pages, "--no-browser", *options).exception
    assert isinstance(error, Refused)
    assert (error.refusal.code, error.exit_code) == (code, 2)


@pytest.mark.parametrize(
    ("store", "shown"),
    [("postgresql://me:s3cret@host/labels", "postgresql://me:***@host/labels"),
     ("postgresql://me@host/labels", "postgresql://me@host/labels"), ("a/b.sqlite", "a/b.sqlite")],
)  # fmt: skip
def test_a_password_is_not_printed(store: str, shown: str) -> None:
    assert without_password(store) == shown


def test_a_missing_web_extra_names_the_pip_command(
    pages: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "fastapi", None)
    error = invoke(pages, "--no-browser").exception
    assert isinstance(error, Refused)
    assert "pip install 'ecgpage[web]'" in error.refusal.todo


def test_pictures_are_made_once_ahead_and_in_bounded_memory() -> None:
    made: list[str] = []

    def make(key: str, mask: bool) -> bytes:
        made.append(key)
        return bytes(1000)

    pictures = Pictures(make, kept_bytes=5000)
    keys = [f"{n:03d}" for n in range(50)]
    pictures.follow(keys)
    askers = [threading.Thread(target=pictures.get, args=("000",), kwargs={"mask": False})
              for _ in range(20)]  # fmt: skip
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    pictures.get("002", mask=False)
    assert made.count("000") == 1
    assert {"001", "002"} <= set(made)
    for key in keys:
        pictures.get(key, mask=False)
        assert pictures.kept_bytes <= 5000
    pictures.close()


def test_a_picture_that_fails_is_asked_for_again() -> None:
    from ecgpage.values import Refusal

    answers = iter([Refused(Refusal("a", "b", "c", "d", "e", "f")), b"page"])

    def make(key: str, mask: bool) -> bytes:
        answer = next(answers)
        if isinstance(answer, Refused):
            raise answer
        return answer

    pictures = Pictures(make)
    with pytest.raises(Refused):
        pictures.get("a", mask=False)
    assert pictures.get("a", mask=False) == b"page"
    pictures.close()
