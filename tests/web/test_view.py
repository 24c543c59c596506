"""``ecgpage view``: what is dropped is measured, marks are moved by hand and kept as a person's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import pytest

pytest.importorskip("fastapi", reason="install it with: pip install 'ecgpage[web]'")
pytest.importorskip("multipart", reason="install it with: pip install 'ecgpage[web]'")
from starlette.testclient import TestClient

from ecgpage import render
from ecgpage.flows.view import ViewRequest
from ecgpage.store import MarkStore
from ecgpage.values import Record, WrongUse
from ecgpage.values.wfdb_file import write_wfdb
from ecgpage.web import make_settings
from ecgpage.web.guard import CODE_HEADER, page_code
from ecgpage.web.launch import launch_view
from ecgpage.web.view_app import create_view_app
from ecgpage.web.viewer import Viewer, safe_name
from web.conftest import Served

Serve = Callable[..., Served]
Open = Callable[..., Any]


@pytest.fixture(scope="module")
def record() -> Record:
    return render.simulate("normal", 3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, record: Record) -> Path:
    """The same electrocardiogram as WFDB and as a page."""
    place = tmp_path_factory.mktemp("view")
    write_wfdb(record, place, "ecg")
    page = render.render_record(record, render.PageStyle()).page
    cv2.imwrite(str(place / "ecg.png"), page.image[..., ::-1])
    return place


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    settings = make_settings()
    app = create_view_app(Viewer(ViewRequest(str(tmp_path / "marks.sqlite"), "Ada")), settings)
    made = TestClient(app, base_url="http://127.0.0.1")
    made.headers[CODE_HEADER] = page_code(settings)
    return made


def drop(client: TestClient, *files: Path) -> dict[str, Any]:
    given = [("dropped", (file.name, file.read_bytes())) for file in files]
    answer = client.post("/api/open", files=given)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def number(found: dict[str, Any], name: str) -> float:
    return next(float(one["value"]) for one in found["numbers"] if one["name"] == name)


def last_t(found: dict[str, Any], lead: str = "II") -> dict[str, Any]:
    marks = [m for m in found["marks"] if m["lead"] == lead]
    return next(m for m in marks if (m["wave"], m["bound"]) == ("T", "offset") and m["beat"] == 3)


def body(found: dict[str, Any], mark: dict[str, Any], time_s: float | None) -> dict[str, Any]:
    own = {name: mark[name] for name in ("lead", "wave", "bound", "beat")}
    return {"id": found["id"], **own, "time_s": time_s}


@pytest.mark.slow
def test_a_moved_mark_changes_the_measurements_and_is_kept_as_a_persons(
    client: TestClient, folder: Path, tmp_path: Path
) -> None:
    found = drop(client, folder / "ecg.hea", folder / "ecg.dat")
    mark = last_t(found)
    assert not mark["by_hand"]
    before = number(found, "qt_ms")
    answer = client.post("/api/mark", json=body(found, mark, mark["time_s"] + 0.06))
    assert answer.status_code == 200, answer.text
    moved = answer.json()
    assert number(moved, "qt_ms") > before + 20
    assert last_t(moved)["by_hand"]
    assert last_t(moved)["time_s"] == pytest.approx(mark["time_s"] + 0.06, abs=1e-3)
    with MarkStore(tmp_path / "marks.sqlite") as store:
        (key,) = {m.key for m in store.history(_only_key(store))}
        (kept,) = store.current(key)
    assert (kept.who, kept.lead, kept.wave, kept.bound, kept.beat) == (
        "Ada",
        "II",
        "T",
        "offset",
        3,
    )
    again = drop(client, folder / "ecg.hea", folder / "ecg.dat")
    assert last_t(again)["by_hand"]
    assert number(again, "qt_ms") == number(moved, "qt_ms")
    back = client.post("/api/mark", json=body(again, mark, None)).json()
    assert number(back, "qt_ms") == before
    assert not last_t(back)["by_hand"]
    with MarkStore(tmp_path / "marks.sqlite") as store:
        assert store.current(key) == ()
        assert len(store.history(key)) == 2


def _only_key(store: MarkStore) -> str:
    import sqlalchemy as sa

    with store._engine.connect() as connection:
        return str(connection.execute(sa.text("select distinct key from wave_marks")).scalar_one())


@pytest.mark.slow
def test_a_page_shows_traces_marks_report_and_picture(client: TestClient, folder: Path) -> None:
    found = drop(client, folder / "ecg.png")
    assert {trace["lead"] for trace in found["traces"]} >= {"I", "V6", "II"}
    assert len(found["marks"]) > 50
    for mark in found["marks"]:
        assert 0 <= mark["column_px"] <= found["columns_px"]
        assert 0 <= mark["row_px"] <= found["rows_px"]
    report = client.get("/api/report", params={"id": found["id"]})
    assert "The traces found" in report.text
    assert "script" not in report.headers["content-security-policy"]
    assert report.headers["x-frame-options"] == "SAMEORIGIN"
    picture = client.get("/api/picture", params={"id": found["id"]})
    assert picture.content[:3] == b"\xff\xd8\xff"


def test_what_cannot_be_read_is_told(client: TestClient, tmp_path: Path) -> None:
    bad = tmp_path / "notes.txt"
    bad.write_text("no page")
    answer = client.post("/api/open", files=[("dropped", ("notes.txt", bad.read_bytes()))])
    assert answer.status_code == 422
    assert answer.json()["refusal"]["todo"]
    gone = client.get("/api/report", params={"id": "0" * 16})
    assert gone.status_code == 404


def test_only_the_page_itself_may_open_files(client: TestClient, folder: Path) -> None:
    given = [("dropped", ("ecg.png", b"x"))]
    del client.headers[CODE_HEADER]
    assert client.post("/api/open", files=given).status_code == 403
    client.headers[CODE_HEADER] = "wrong"
    assert client.post("/api/open", files=given).status_code == 403
    assert client.get("/", headers={"host": "evil.example"}).status_code == 421
    assert client.get("/api/session", headers={"sec-fetch-site": "cross-site"}).status_code == 403
    top = client.get("/")
    assert top.headers["x-frame-options"] == "DENY"
    assert "script-src 'self'" in top.headers["content-security-policy"]


def test_names_of_dropped_files_lead_nowhere() -> None:
    assert safe_name("../../etc/passwd") == "passwd"
    assert safe_name("C:\\x\\page 1.png") == "page_1.png"
    assert safe_name("..") == "page"
    assert safe_name(".hidden") == "hidden"


def test_other_machines_cannot_be_let_in(tmp_path: Path) -> None:
    settings = make_settings(host="0.0.0.0")
    with pytest.raises(WrongUse, match="other machines"):
        launch_view(ViewRequest(str(tmp_path / "m.sqlite")), settings, browser=False)


@pytest.mark.browser
@pytest.mark.slow
def test_a_person_drops_a_page_and_moves_a_mark(
    serve_view: Serve, open_page: Open, folder: Path, tmp_path: Path
) -> None:
    page = open_page(serve_view("--reader", "Ada").url)
    page.locator("#file").set_input_files(str(folder / "ecg.png"))
    page.locator("#verdict", has_text="score").wait_for()
    assert page.locator("#over .trace").count() >= 12
    qt = page.locator("#numbers tr[data-name=qt_ms] td.number")
    before = qt.inner_text()
    mark = page.locator("#over .mark[aria-label='T offset, lead II, beat 2']").last
    mark.focus()
    for _ in range(3):
        page.keyboard.press("Shift+ArrowRight")
    page.locator("#said", has_text="Kept: T offset in II, as yours").wait_for()
    assert int(qt.inner_text()) > int(before) + 20
    page.locator("#over .mark.hand").first.wait_for()
    handle = page.locator("#over .mark[aria-label='QRS onset, lead II, beat 3'] .grip").last
    box = handle.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 - 12, box["y"] + box["height"] / 2, steps=4)
    page.mouse.up()
    page.locator("#said", has_text="Kept: QRS onset in II, as yours").wait_for()
    page.locator("#back").click()
    page.locator("#said", has_text="taken back").wait_for()
    box = handle.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(5, box["y"] + box["height"] / 2, steps=4)  # to the page's edge
    before_it = page.locator("#over .mark[aria-label='QRS offset, lead II, beat 2'] .grip").last
    assert handle.bounding_box()["x"] > before_it.bounding_box()["x"]
    page.mouse.up()
    page.locator("#said", has_text="Kept: QRS onset in II, as yours").wait_for()
    page.locator("#back").click()
    page.locator("#said", has_text="taken back").wait_for()
    frame = page.frame_locator("#report")
    frame.locator("h1", has_text="ecg.png").wait_for()
    page.reload()
    page.locator("#file").set_input_files(str(folder / "ecg.png"))
    page.locator("#over .mark.hand").first.wait_for()
    hand = page.locator("#over .mark.hand").evaluate_all("(all) => all.map((m) => m.ariaLabel)")
    assert set(hand) == {"T offset, lead II, beat 2"}  # in the column, and in the strip below


@pytest.mark.browser
@pytest.mark.slow
def test_axe_finds_no_fault_on_the_viewing_page(
    serve_view: Serve, open_page: Open, folder: Path
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="pip install it")
    page = open_page(serve_view().url, bypass_csp=True)
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
    for state in ("empty", "open"):
        if state == "open":
            page.locator("#file").set_input_files(str(folder / "ecg.png"))
            page.locator("#verdict", has_text="score").wait_for()
            page.evaluate("document.getElementById('report').remove()")
        found = axe.Axe().run(page, options=rules)
        faults = [f"{one['id']}: {one['nodes'][0]['html']}" for one in found.response["violations"]]
        assert faults == [], state
