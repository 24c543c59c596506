"""The label store on SQLite and on a real PostgreSQL server."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DatabaseError

from ecgpage.store import ADJUDICATED, Added, LabelStore, store_beside
from ecgpage.store.tables import METADATA
from ecgpage.values import Dataset, Item, Judgement, Refused, WrongUse

NOON = datetime(2024, 3, 1, 12, tzinfo=UTC)


def said(
    key: str = "a.png",
    label: str | None = "Normal",
    who: str = "Ada",
    at: float = 0,
    source: str = "person",
    **more: object,
) -> Judgement:
    return Judgement(key, label, who, source, NOON + timedelta(seconds=at), **more)  # type: ignore[arg-type]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return str(tmp_path / "labels.sqlite")
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def labels(url: str) -> Iterator[LabelStore]:
    with LabelStore(url) as store:
        yield store


def label_of(store: LabelStore, key: str = "a.png", **of: str) -> str | None:
    found = store.current(**of).get(key)
    return found.label if found else None


def test_a_judgement_comes_back_as_it_was_said(labels: LabelStore, url: str) -> None:
    zone = timezone(timedelta(hours=5, minutes=30))
    judgement = Judgement(
        "Ordner/ä b.png", "ST-Hebung 'V2'", "Ada Ärztin", "person",
        datetime(2024, 2, 29, 23, 59, 59, 999_999, zone), blind=False, score=0.1,
        note="line one\nline two", tags=("zu dunkel", "again", "abc"),
    )  # fmt: skip
    assert labels.add([judgement]) == Added(new=1, known=0)
    with LabelStore(url) as again:
        assert again.history("Ordner/ä b.png") == [judgement]
        assert again.current() == {judgement.key: judgement}


def test_adding_twice_keeps_once(labels: LabelStore) -> None:
    both = [said(), said("b.png", tags=("x",))]
    assert labels.add([*both, both[0]]) == Added(new=2, known=1)
    assert labels.add(both) == Added(new=0, known=2)
    assert labels.history() == both


def test_no_news_is_not_kept_but_a_change_back_is(labels: LabelStore) -> None:
    def imported(label: str, at: float) -> Added:
        return labels.add([said(label=label, who="f.csv", at=at, source="csv")], only_news=True)

    assert imported("Normal", 0).new == 1
    assert imported("Normal", 9).new == 0
    assert imported("Abnormal", 10).new == 1
    assert imported("Normal", 20).new == 1
    assert [j.label for j in labels.history("a.png")] == ["Normal", "Abnormal", "Normal"]


def test_last_word_of_a_reader_counts_by_time_and_not_by_arrival(labels: LabelStore) -> None:
    labels.add([said(label="Abnormal", at=5), said(label="Normal", at=1)])
    assert label_of(labels) == "Abnormal"
    labels.add([said(label=None, at=6)])
    assert label_of(labels) is None
    assert len(labels.history("a.png")) == 3


def test_persons_go_before_files_and_files_before_rules(labels: LabelStore) -> None:
    labels.add([said(label="A", who="t-band", source="rule", at=9)])
    assert label_of(labels) == "A"
    labels.add([said(label="B", who="folder", source="folder", at=1)])
    assert label_of(labels) == "B"
    labels.add([said(label="C", who="Ada", at=0), said(label="D", who="Bob", at=2)])
    assert label_of(labels) == "D"
    labels.add([said(label="E", who="Chief", at=-5, tags=(ADJUDICATED,))])
    assert label_of(labels) == "E"
    labels.add([said("b.png", "F", "Ada")])
    assert label_of(labels, who="Ada") == "C"
    assert label_of(labels, source="rule") == "A"
    assert {key: one.label for key, one in labels.current(key="a.png").items()} == {"a.png": "E"}


def test_undo_goes_back_step_by_step(labels: LabelStore) -> None:
    labels.add([said(label="N", at=0), said(label="A", at=1, blind=True), said("b.png", "N", at=2)])
    labels.add([said(label="Z", who="Bob", at=-9)])
    assert labels.undo("Ada").key == "b.png"
    assert label_of(labels, "b.png") is None
    assert labels.undo("Ada").label == "N"
    assert label_of(labels, who="Ada") == "N"
    assert labels.undo("Ada").label is None
    assert label_of(labels, who="Ada") is None
    assert label_of(labels) == "Z"
    with pytest.raises(Refused, match="nothing to undo"):
        labels.undo("Ada")
    labels.add([said(label="A", at=3)])
    assert len(labels.history()) == 8


def test_undo_reaches_a_judgement_dated_ahead_of_the_clock(labels: LabelStore) -> None:
    ahead = Judgement("a.png", "N", "Ada", "person", datetime.now(UTC) + timedelta(days=2))
    labels.add([ahead])
    labels.undo("Ada")
    assert labels.current() == {}


def test_consensus_is_the_majority_or_the_adjudication(labels: LabelStore) -> None:
    for who, first, second in (("Ada", "N", "N"), ("Bob", "N", "A"), ("Cyd", "A", None)):
        labels.add([said("a.png", first, who, blind=True), said("b.png", second, who)])
    found = labels.consensus()
    assert (found["a.png"].label, found["a.png"].agreed) == ("N", False)
    assert found["a.png"].votes == {"N": ("Ada", "Bob"), "A": ("Cyd",)}
    assert found["b.png"].label is None
    labels.add([said("b.png", "A", "Chief", tags=(ADJUDICATED,))])
    assert (labels.consensus()["b.png"].label, labels.consensus()["b.png"].adjudicated) == (
        "A",
        True,
    )
    assert set(labels.consensus(blind_only=True)) == {"a.png", "b.png"}
    assert labels.readings(blind_only=True) == {"a.png": {"Ada": "N", "Bob": "N", "Cyd": "A"}}
    assert labels.readings()["b.png"] == {"Ada": "N", "Bob": "A", "Chief": "A"}


def test_readers_are_counted(labels: LabelStore) -> None:
    labels.add(
        [said(at=0), said(label="A", at=1), said("b.png", who="Bob"), said("b.png", None, at=7)]
    )
    assert [(r.who, r.pages, r.judgements) for r in labels.readers()] == [
        ("Ada", 1, 3),
        ("Bob", 1, 1),
    ]
    assert labels.readers()[0].last == NOON + timedelta(seconds=7)


def test_what_cannot_be_kept_is_refused_and_the_rest_goes_on(labels: LabelStore) -> None:
    bad = [
        Judgement("a", "N", "Ada", "person", datetime(2024, 1, 1)),
        said("b", source="oracle"),
        said("c", who=""),
        said("d", note="\0"),
        said("e\udcff"),
        said("f", score=float("nan")),
    ]
    found = labels.add([*bad, said("good")])
    assert [fault.code for fault in found.refused] == [
        "no-time-zone", "unknown-source", "no-reader", "not-text", "not-text", "no-score",
    ]  # fmt: skip
    assert found.new == 1
    assert [j.key for j in labels] == ["good"]


def test_the_database_refuses_to_change_what_was_said(labels: LabelStore) -> None:
    labels.add([said(tags=("x",))])
    for line in (
        "UPDATE judgement SET label = 'A'",
        "DELETE FROM judgement_tag",
        "DELETE FROM judgement",
    ):
        with (
            pytest.raises(DatabaseError, match="never changed or deleted"),
            labels._engine.begin() as connection,
        ):
            connection.execute(text(line))
    assert label_of(labels) == "Normal"


def test_pages_keep_their_columns_and_place(labels: LabelStore) -> None:
    items = (Item("a.png", "/x/a.png", "N", {"sex": "F"}), Item("b.png", "/x/b.png"))
    labels.register(Dataset(items, "/x", "x"))
    labels.register(Dataset((Item("a.png", "/y/a.png", None, {"sex": "F"}),), "/y", "y"))
    labels.add([said("a.png", "A"), said("new.png", "N")])
    assert [(i.key, i.path, i.label, dict(i.columns)) for i in labels.dataset()] == [
        ("a.png", "/y/a.png", "A", {"sex": "F"}),
        ("b.png", "/x/b.png", None, {}),
        ("new.png", "/x/new.png", "N", {}),
    ]


def test_several_data_sets_are_kept_apart(url: str) -> None:
    with LabelStore(url, "one") as one, LabelStore(url, "two") as two:
        one.add([said(label="N")])
        two.add([said(label="A")])
        assert (label_of(one), label_of(two)) == ("N", "A")
        assert one.datasets() == ("one", "two")
        one.undo("Ada")
        assert (label_of(one), label_of(two)) == (None, "A")
    with pytest.raises(WrongUse, match=r"holds several data sets.*'one', 'two'"):
        LabelStore(url)


def test_the_view_for_people_agrees_with_the_query(labels: LabelStore) -> None:
    labels.add([said(f"{n % 7}", f"{n}", f"{n % 5}", n * 37 % 11, ["person", "csv", "rule"][n % 3],
                     tags=(ADJUDICATED,) if n % 13 == 0 else ()) for n in range(60)])  # fmt: skip
    with labels._engine.connect() as connection:
        query = "SELECT p.key, c.label FROM current_label c JOIN page p ON p.id = c.page_id"
        seen = {row.key: row.label for row in connection.execute(text(query))}
    assert seen == {key: judgement.label for key, judgement in labels.current().items()}


def test_two_readers_label_at_once_and_nothing_is_lost(url: str) -> None:
    LabelStore(url).close()
    failures: list[BaseException] = []

    def work(who: str) -> None:
        try:
            with LabelStore(url) as store:
                for number in range(40):
                    store.add(
                        [said(f"{number % 10}.png", str(number), who, number, tags=(who, "t"))]
                    )
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(who,)) for who in ("Ada", "Bob", "Cyd")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with LabelStore(url) as store:
        assert len(store.history()) == 120
        assert [r.judgements for r in store.readers()] == [40, 40, 40]


def test_one_store_serves_several_threads(labels: LabelStore) -> None:
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda n: labels.add([said(f"{n}.png", at=n)]).new, range(60)))
        seen = list(pool.map(lambda _: len(labels.current()), range(16)))
    assert sum(done) == 60
    assert seen == [60] * 16


def test_the_same_undo_twice_at_once_takes_back_two(url: str) -> None:
    with LabelStore(url) as store:
        store.add([said(f"{n}.png", at=n) for n in range(6)])

    def undo() -> None:
        with LabelStore(url) as store:
            store.undo("Ada")

    threads = [threading.Thread(target=undo) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with LabelStore(url) as store:
        assert set(store.current()) == {"0.png", "1.png"}


def test_a_newer_store_is_refused_in_words(labels: LabelStore, url: str) -> None:
    with labels._engine.begin() as connection:
        connection.execute(text("UPDATE ecgpage_schema SET version_num = '9999'"))
    with pytest.raises(WrongUse, match=r"newer version of ecgpage.*received schema 9999\. Upgrade"):
        LabelStore(url)


def test_a_new_store_opened_by_many_at_once_is_made_once(url: str) -> None:
    def open_and_add(number: int) -> int:
        with LabelStore(url) as store:
            return store.add([said(f"{number}.png")]).new

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(open_and_add, range(12))) == 12


def test_the_steps_make_the_tables_that_queries_know(labels: LabelStore) -> None:
    def ours(_object: object, name: str | None, kind: str, *_: object) -> bool:
        return not (kind == "table" and name in ("ecgpage_schema", "latest_judgement"))

    with labels._engine.connect() as connection:
        options = {"version_table": "ecgpage_schema", "include_object": ours}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, METADATA) == []


def test_another_program_may_share_the_database(url: str) -> None:
    """Alembic's usual version table belongs to somebody else there (Optuna's, for one)."""
    target = url if "://" in url else f"sqlite:///{url}"
    engine = create_engine(target)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
        connection.execute(text("INSERT INTO alembic_version VALUES ('v3.0.0.d')"))
    engine.dispose()
    with LabelStore(url) as store:
        assert store.add([said()]).new == 1


def test_commits_are_flushed_to_the_disk(tmp_path: Path) -> None:
    with LabelStore(tmp_path / "l.sqlite") as store, store._engine.connect() as connection:
        settings = [connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                    for name in ("journal_mode", "synchronous", "foreign_keys")]  # fmt: skip
    assert settings == ["wal", 2, 1]


@pytest.mark.postgres
def test_postgres_commits_are_flushed_where_the_server_would_not(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        name = postgres_url.rsplit("/", 1)[1]
        connection.execute(text(f'ALTER DATABASE "{name}" SET synchronous_commit TO off'))
    engine.dispose()
    with LabelStore(postgres_url) as store, store._engine.connect() as connection:
        assert connection.execute(text("SHOW synchronous_commit")).scalar() == "on"


def test_addresses_that_cannot_be_used_say_why(tmp_path: Path) -> None:
    (tmp_path / "text.sqlite").write_text("not a database, and longer than a hundred bytes" * 9)
    found = {}
    for address in (
        "mysql://u@h/d",
        "://",
        str(tmp_path / "no" / "l.sqlite"),
        str(tmp_path / "text.sqlite"),
        str(tmp_path),
        "postgresql://u:secret@127.0.0.1:1/d",
    ):
        with pytest.raises(WrongUse) as caught:
            LabelStore(address)
        assert "secret" not in str(caught.value)
        found[caught.value.refusal.code] = str(caught.value)
    assert list(found) == ["bad-store-url", "no-store-folder", "not-a-store", "store-unreachable"]


def test_postgres_without_its_driver_names_the_pip_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(WrongUse, match=r"pip install 'ecgpage\[postgres\]'"):
        LabelStore("postgresql://me@127.0.0.1/labels")


def test_the_default_store_lies_beside_its_data_set(tmp_path: Path) -> None:
    assert store_beside(tmp_path) == str(tmp_path / "labels.sqlite")
    assert store_beside(tmp_path / "pages.csv") == str(tmp_path / "labels.sqlite")


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from ecgpage.store import LabelStore
from ecgpage.values import Judgement

def judgements():
    for number in range(5000):
        if number == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)
        yield Judgement(f"{number}.png", "N", "all.csv", "csv", datetime.now(UTC), tags=("x",))

with LabelStore(sys.argv[1]) as labels:
    tell = lambda added: print(added.new, flush=True)
    labels.add(judgements(), only_news=True, batch=200, on_commit=tell)
"""


@pytest.mark.slow
def test_an_import_killed_half_way_loses_nothing_and_goes_on(url: str) -> None:
    acknowledged = 0
    for at in (1234, 3501):
        script = [sys.executable, "-c", KILLED, url, str(at)]
        child = subprocess.run(script, capture_output=True, text=True, check=False)
        assert child.returncode == -9, child.stderr
        acknowledged += int(child.stdout.split()[-1])
        with LabelStore(url) as store:
            assert len(store.history()) == acknowledged == at - at % 200
    script = [sys.executable, "-c", KILLED, url, "-1"]
    child = subprocess.run(script, capture_output=True, text=True, check=True)
    assert acknowledged + int(child.stdout.split()[-1]) == 5000
    with LabelStore(url) as store:
        history = store.history()
        assert len(history) == len({j.key for j in history}) == 5000
        assert all(j.tags == ("x",) for j in history)


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
MOMENT = st.datetimes(datetime(1900, 1, 2), datetime(2100, 1, 1), timezones=st.timezones())
# Adding 0.0 takes the sign from a zero, which SQLite does not keep.
JUDGEMENTS = st.builds(
    Judgement,
    key=TEXT,
    label=st.none() | TEXT,
    who=TEXT.filter(bool),
    source=st.sampled_from(["person", "rule", "model", "folder", "csv"]),
    when=MOMENT,
    blind=st.none() | st.booleans(),
    score=st.none()
    | st.floats(allow_nan=False, allow_infinity=False).map(lambda score: score + 0.0),
    note=TEXT,
    tags=st.lists(TEXT, max_size=3).map(tuple),
)


@given(st.lists(JUDGEMENTS, max_size=8, unique_by=repr))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_was_said_is_found_again(tmp_path: Path, judgements: list[Judgement]) -> None:
    file = tmp_path / "l.sqlite"
    for path in tmp_path.glob("l.sqlite*"):
        path.unlink()
    with LabelStore(file) as store:
        store.add(judgements, batch=3)
        store.add(judgements)
        found = store.history()
        assert sorted(map(_comparable, found)) == sorted({_comparable(j) for j in judgements})


def _comparable(judgement: Judgement) -> str:
    when = judgement.when.astimezone(UTC)
    return repr((judgement.key, judgement.label, judgement.who, judgement.source, when,
                 judgement.blind, judgement.score, judgement.note, judgement.tags))  # fmt: skip
