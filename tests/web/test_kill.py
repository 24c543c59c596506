"""``kill -9`` of the server while two people label: what was acknowledged is there, in order."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ecgpage.store import LabelStore
from ecgpage.values import Judgement
from web.conftest import Served, write_pages

LABELS = 1000
FEWER = 300
"""On PostgreSQL, to save time: what is tested there is the other database's promise."""

READERS = ("Ada", "Ben")
PAGES = 20


class Reader(threading.Thread):
    """Sends numbered labels one after the other, as fast as they are acknowledged."""

    def __init__(self, served: Served, name: str, first: int, last: int) -> None:
        super().__init__(name=name)
        self.where = urlsplit(served.origin)
        self.code = served.code()
        self.numbers = range(first, last)
        self.acknowledged: list[int] = []
        self.sent = 0

    def run(self) -> None:
        door = http.client.HTTPConnection(str(self.where.hostname), self.where.port, timeout=60)
        headers = {"content-type": "application/json", "x-ecgpage-code": self.code}
        for number in self.numbers:
            body = {"key": f"page-{number % PAGES:03d}.png", "reader": self.name, "blind": True,
                    "label": ["Normal", "Abnormal"][number % 2], "note": str(number)}  # fmt: skip
            try:
                self.sent += 1
                door.request("POST", "/api/label", json.dumps(body), headers)
                answer = door.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException):
                return
            assert answer.status == 200
            self.acknowledged.append(number)


def notes_of(said: list[Judgement], reader: str) -> list[int]:
    return [int(one.note) for one in said if one.who == reader]


def label_kill_and_go_on(serve: Callable[..., Served], pages: Path, store: str, count: int) -> None:
    each = count // len(READERS)
    served = serve(pages, "--store", store)
    readers = [Reader(served, name, 0, each) for name in READERS]
    half = threading.Event()
    for reader in readers:
        reader.start()
    while sum(len(reader.acknowledged) for reader in readers) < count // 2:
        assert not half.wait(0.005)
        assert any(reader.is_alive() for reader in readers)
    served.kill()
    for reader in readers:
        reader.join(60)
    assert any(len(reader.acknowledged) < each for reader in readers), "killed too late"

    with LabelStore(store) as labels:
        said = labels.history()
    for reader in readers:
        kept = notes_of(said, reader.name)
        done = len(reader.acknowledged)
        assert kept[:done] == list(range(done))
        assert len(kept) <= reader.sent <= done + 1  # at most the key in flight

    again = serve(pages, "--store", store)
    rest = [Reader(again, one.name, len(one.acknowledged), each) for one in readers]
    for reader in rest:
        reader.start()
    for reader in rest:
        reader.join(240)
        assert reader.acknowledged == list(reader.numbers)
    with LabelStore(store) as labels:
        said = labels.history()
    for name in READERS:  # the key in flight may be there twice: sent again, it is the same word
        assert list(dict.fromkeys(notes_of(said, name))) == list(range(each))


@pytest.mark.slow
def test_a_killed_server_keeps_every_acknowledged_label(
    serve: Callable[..., Served], tmp_path: Path
) -> None:
    pages = write_pages(tmp_path / "pages", PAGES)
    label_kill_and_go_on(serve, pages, str(tmp_path / "labels.sqlite"), LABELS)


@pytest.mark.slow
@pytest.mark.postgres
def test_a_killed_server_keeps_every_acknowledged_label_in_postgresql(
    serve: Callable[..., Served], tmp_path: Path, postgres_url: str
) -> None:
    pages = write_pages(tmp_path / "pages", PAGES)
    label_kill_and_go_on(serve, pages, postgres_url, FEWER)
