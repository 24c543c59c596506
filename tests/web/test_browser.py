"""The labelling room in a real browser, used as people use it: by keys."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from ecgpage.cli.commands.export import command as export
from ecgpage.store import LabelStore, store_beside
from ecgpage.values import Judgement
from web.conftest import Served

pytestmark = [pytest.mark.slow, pytest.mark.browser]

Serve = Callable[..., Served]
Open = Callable[..., Any]


def at(page: Any, place: str) -> None:
    """Wait until the reader stands there, and all is saved."""
    page.locator("#place", has_text=re.compile(f"^{place}$")).wait_for()


def says(page: Any, text: str) -> None:
    page.locator("#status", has_text=text).wait_for()


def saved(page: Any) -> None:
    """Wait until nothing is on its way to the server."""
    while page.evaluate("Object.keys(localStorage).some((n) => n.startsWith('ecgpage.outbox'))"):
        page.wait_for_timeout(20)


def pressed(page: Any) -> list[str]:
    return page.locator("#labels button[aria-pressed=true]").evaluate_all(
        "(all) => all.map((one) => one.dataset.label)"
    )


def keys(page: Any, text: str) -> None:
    """Press keys, each when the page is on the screen: earlier ones label nothing."""
    for key in text:
        seen(page)
        page.keyboard.press(key)


def seen(page: Any) -> None:
    """Wait until the page that is named is also shown."""
    now = "[document.getElementById('viewer').dataset.shown, "
    now += "document.getElementById('page-name').textContent]"
    for _ in range(1000):
        shown, named = page.evaluate(now)
        if shown == named:
            return
        page.wait_for_timeout(20)
    raise AssertionError(f"{named} is not shown")


def begin(page: Any, name: str) -> None:
    """Give the reader's name, by keys."""
    page.locator("#name").wait_for()
    page.keyboard.type(name)
    page.keyboard.press("Enter")
    page.locator("#entry").wait_for(state="hidden")


def labels_of(pages: Path, reader: str) -> dict[str, str]:
    with LabelStore(store_beside(pages)) as labels:
        return {key: str(said.label) for key, said in labels.current(who=reader).items()}


def test_two_readers_label_undo_resume_settle_and_export(
    serve: Serve, open_page: Open, pages: Path, tmp_path: Path
) -> None:
    served = serve(pages)
    ada = open_page(served.url)
    begin(ada, "Ada")
    at(ada, "1 of 6")
    keys(ada, "0120")
    at(ada, "5 of 6")
    keys(ada, "uu")  # takes back the fourth and the third
    at(ada, "3 of 6")
    says(ada, "Undone: page 3")
    assert pressed(ada) == []
    keys(ada, "1")
    at(ada, "4 of 6")
    saved(ada)
    assert labels_of(pages, "Ada") == {
        "page-000.png": "Normal", "page-001.png": "Abnormal", "page-002.png": "Abnormal",
    }  # fmt: skip

    ada.reload()  # goes on where she stopped, with what she said before
    at(ada, "1 of 3")
    assert ada.locator("#page-name").inner_text() == "page-003.png"
    ada.locator("#queue").select_option("all")
    at(ada, "4 of 6")
    ada.keyboard.press("ArrowLeft")
    at(ada, "3 of 6")
    assert pressed(ada) == ["Abnormal"]
    ada.keyboard.press("ArrowRight")
    ada.keyboard.press("ArrowRight")
    at(ada, "5 of 6")
    ada.keyboard.press("ArrowLeft")
    keys(ada, "000")
    says(ada, "the last page of this queue is done")
    saved(ada)

    ben = open_page(served.url)
    begin(ben, "Ben")
    at(ben, "1 of 6")
    assert ben.locator("#pace").inner_text().startswith("0 done, 6 left")
    keys(ben, "01")
    ben.keyboard.press("Space")  # skips the third
    at(ben, "4 of 6")
    keys(ben, "110")
    saved(ben)

    ada.keyboard.press("a")
    body = ada.locator("#agreement-body")
    body.get_by_text("Ada and Ben").wait_for()
    assert "2 pages are open" in body.inner_text()
    assert "Fleiss" in body.inner_text()
    ada.locator("#settle").click()
    at(ada, "1 of 2")
    votes = ada.locator("#votes")
    votes.get_by_text("Ben: Abnormal").wait_for()
    assert "Ada: Normal" in votes.inner_text()
    keys(ada, "1")
    at(ada, "2 of 2")
    keys(ada, "0")
    says(ada, "the last page")
    saved(ada)

    said = {
        "page-000.png": "Normal", "page-001.png": "Abnormal", "page-002.png": "Abnormal",
        "page-003.png": "Abnormal", "page-004.png": "Normal", "page-005.png": "Normal",
    }  # fmt: skip
    target = tmp_path / "labels.csv"
    done = CliRunner().invoke(export, [store_beside(pages), "--to", str(target)])
    assert done.exit_code == 0, done.output
    with target.open(encoding="utf-8", newline="") as stream:
        rows = {Path(row["path"]).name: row["label"] for row in csv.DictReader(stream)}
    assert rows == said
    with LabelStore(store_beside(pages)) as labels:
        found = labels.consensus()
    assert {key: one.label for key, one in found.items()} == said
    assert [key for key, one in found.items() if one.adjudicated] == [
        "page-003.png",
        "page-004.png",
    ]


def test_a_suggestion_is_shown_or_hidden_and_the_label_knows(
    serve: Serve, open_page: Open, pages: Path
) -> None:
    with LabelStore(store_beside(pages)) as labels:
        said = [
            Judgement(f"page-{n:03d}.png", "Abnormal", "t-band std>37", "rule",
                      datetime(2024, 5, 1, tzinfo=UTC), note=f"std 4{n}: std holds")
            for n in (0, 1, 2)
        ]  # fmt: skip
        labels.add(said)
    page = open_page(serve(pages, "--reader", "Ada").url)
    at(page, "1 of 6")
    page.locator("#suggestion", has_text="Abnormal by t-band std>37: std 40: std holds").wait_for()
    keys(page, "0")
    at(page, "2 of 6")
    saved(page)
    page.keyboard.press("ArrowRight")
    at(page, "3 of 6")
    page.keyboard.press("h")
    page.locator("#suggestion", has_text="hidden").wait_for()
    keys(page, "0")  # seen before it was hidden: not blind
    page.locator("#page-name", has_text="page-003").wait_for()
    keys(page, "0")
    page.locator("#page-name", has_text="page-004").wait_for()
    saved(page)
    with LabelStore(store_beside(pages)) as labels:
        blind = {key: one.blind for key, one in labels.current(who="Ada").items()}
    assert blind == {"page-000.png": False, "page-002.png": False, "page-003.png": True}


def test_notes_and_tags_go_with_the_label_and_own_keys_work(
    serve: Serve, open_page: Open, pages: Path
) -> None:
    page = open_page(serve(pages, "--reader", "Ada", "--classes", "Normal=x,T wave=2").url)
    at(page, "1 of 6")
    page.keyboard.press("n")
    page.keyboard.type("2 leads swapped?")
    page.keyboard.press("Escape")
    page.keyboard.press("t")
    page.keyboard.type("ask, V1")
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    at(page, "1 of 6")
    assert page.locator("#note").input_value() == "2 leads swapped?"
    keys(page, "2")
    at(page, "2 of 6")
    keys(page, "x")
    at(page, "3 of 6")
    saved(page)
    with LabelStore(store_beside(pages)) as labels:
        first, second = labels.history()
    assert (first.label, first.note, first.tags) == ("T wave", "2 leads swapped?", ("ask", "V1"))
    assert (second.label, second.note, second.tags) == ("Normal", "", ())
    page.locator("#queue").select_option("doubtful")
    at(page, "1 of 1")
    assert page.locator("#tags").input_value() == "ask, V1"


def test_a_killed_server_loses_nothing_and_the_page_goes_on(
    serve: Serve, open_page: Open, pages: Path
) -> None:
    served = serve(pages, "--reader", "Ada")
    port = served.origin.rsplit(":", 1)[1]
    page = open_page(served.url)
    at(page, "1 of 6")
    keys(page, "0")
    at(page, "2 of 6")
    saved(page)
    served.kill()
    keys(page, "1")
    page.locator("#banner", has_text="1 label is kept in this browser").wait_for()
    serve(pages, "--reader", "Ada", "--port", port)
    page.locator("#banner").wait_for(state="hidden")
    saved(page)
    assert labels_of(pages, "Ada") == {"page-000.png": "Normal", "page-001.png": "Abnormal"}


def test_what_the_browser_could_not_send_is_sent_when_it_opens_again(
    serve: Serve, open_page: Open, pages: Path
) -> None:
    page = open_page(serve(pages, "--reader", "Ada").url)
    at(page, "1 of 6")
    seen(page)
    page.route("**/api/label", lambda route: route.abort())
    keys(page, "01")
    page.locator("#banner", has_text="2 labels are kept in this browser").wait_for()
    assert labels_of(pages, "Ada") == {}
    page.unroute("**/api/label")
    page.reload()
    at(page, "1 of 4")
    assert labels_of(pages, "Ada") == {"page-000.png": "Normal", "page-001.png": "Abnormal"}


def test_the_caliper_measures_by_keys_once_the_scale_is_set(
    serve: Serve, open_page: Open, pages: Path
) -> None:
    page = open_page(serve(pages, "--reader", "Ada").url)  # the grid: 10 pixels a millimetre
    at(page, "1 of 6")
    page.locator("#scale-known", has_text="unknown").wait_for()
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    for key in ("Shift+ArrowRight",) * 5 + ("Shift+ArrowDown",) * 5 + ("Enter",):
        page.keyboard.press(key)
    page.locator("#scale-known", has_text="10.00 px/mm").wait_for()
    page.keyboard.press("Enter")  # the caliper is on
    for key in ("Shift+ArrowRight",) * 10 + ("Shift+ArrowUp",) * 10 + ("Enter",):
        page.keyboard.press(key)
    reading = page.locator("#reading")
    reading.get_by_text("400 ms, 1.00 mV, 150/min").wait_for()
    page.locator("#speed").select_option("50")
    reading.get_by_text("200 ms, 1.00 mV").wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    reading.wait_for(state="hidden")
    page.keyboard.press("ArrowRight")  # another page of this size has the same scale
    at(page, "2 of 6")
    page.locator("#scale-known", has_text="set by hand on a page of this size").wait_for()


def test_a_page_that_is_not_on_the_screen_is_not_labelled(
    serve: Serve, open_page: Open, pages: Path
) -> None:
    page = open_page(serve(pages, "--reader", "Ada", "--queue", "all").url)
    at(page, "1 of 6")
    seen(page)
    page.route("**/api/picture*", lambda route: None)  # pictures come no more
    page.keyboard.press("End")
    at(page, "6 of 6")
    page.keyboard.press("1")
    says(page, "Not labelled: the page was not on the screen yet.")
    page.keyboard.press("Home")
    at(page, "1 of 6")
    keys(page, "0")
    saved(page)
    assert labels_of(pages, "Ada") == {"page-000.png": "Normal"}


def test_an_unreadable_page_says_why_and_can_be_labelled(
    serve: Serve, open_page: Open, pages: Path
) -> None:
    (pages / "page-000.png").write_bytes((pages / "page-000.png").read_bytes()[:300])
    page = open_page(serve(pages, "--reader", "Ada").url)
    page.locator("#empty", has_text="page-000.png: the picture ends early").wait_for()
    keys(page, "3")
    at(page, "2 of 6")
    page.locator("#empty").wait_for(state="hidden")
    saved(page)
    assert labels_of(pages, "Ada") == {"page-000.png": "Unusable"}


def test_overlays_on_request_and_the_view_s_keys(
    serve: Serve, open_page: Open, pages: Path
) -> None:
    record = {
        "px_per_mm": {"down": 10, "across": 10}, "speed_mm_per_s": 50,
        "traces": [{"lead": "II", "start_s": 0.0, "end_s": 1.0,
                    "points_px": [[100, 20 + n] for n in range(50)]}],
        "waves": [{"lead": "II", "wave": "T", "onset_s": 0.2, "peak_s": 0.3, "offset_s": 0.4}],
    }  # fmt: skip
    (pages / "page-000.json").write_text(json.dumps(record))
    page = open_page(serve(pages, "--reader", "Ada").url)
    at(page, "1 of 6")
    page.locator("#scale-known", has_text="from the digitised record").wait_for()
    assert page.locator("#speed").input_value() == "50"
    assert page.locator("#overlay > *").count() == 0
    keys(page, "bo")
    page.locator("#overlay rect.band").wait_for(state="attached")
    page.locator("#overlay polyline.trace").wait_for(state="attached")
    assert page.locator("#overlay text").all_text_contents() == ["T"]
    before = page.locator("#overlay rect.band").bounding_box()
    keys(page, "+")
    page.wait_for_timeout(600)
    after = page.locator("#overlay rect.band").bounding_box()
    assert after["height"] > 1.2 * before["height"]
    keys(page, "bofi]")
    assert page.locator("#fit").get_attribute("aria-pressed") == "true"
    style = page.locator("#viewer canvas").first.evaluate("(one) => one.style.filter")
    assert style == "invert(1) contrast(120%)"


def test_nothing_is_asked_of_other_places_and_the_token_leaves_the_address(
    serve: Serve, open_page: Open, pages: Path
) -> None:
    served = serve(pages, "--reader", "Ada", "--host", "0.0.0.0")
    port = re.search(r":(\d+)/", served.url)[1]  # type: ignore[index]
    token = served.url.split("#token=")[1]
    asked: list[str] = []
    page = open_page("about:blank")
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"http://127.0.0.1:{port}/")
    page.locator("#token").fill("not the right one")
    page.locator("#name").fill("Ada")
    page.keyboard.press("Enter")
    page.locator("#entry-fault", has_text="not the right one").wait_for()
    page.goto("about:blank")
    page.goto(f"http://127.0.0.1:{port}/#token={token}")
    at(page, "1 of 6")
    assert token not in page.url
    assert not any(token in url for url in asked if "#" not in url)
    assert {url.split("/")[2] for url in asked if url.startswith("http")} == {f"127.0.0.1:{port}"}


def test_a_finger_on_a_tablet_labels_too(serve: Serve, open_page: Open, pages: Path) -> None:
    page = open_page(serve(pages, "--reader", "Ada").url, has_touch=True)
    page.set_viewport_size({"width": 820, "height": 1180})
    at(page, "1 of 6")
    for name in ("Normal", "Unusable"):
        seen(page)
        page.locator(f"[data-label={name}]").tap()
    at(page, "3 of 6")
    saved(page)
    assert list(labels_of(pages, "Ada").values()) == ["Normal", "Unusable"]
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 820


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 800), (820, 1180)])
def test_axe_finds_no_fault(
    serve: Serve, open_page: Open, pages: Path, theme: str, size: tuple[int, int]
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="pip install it")
    page = open_page(serve(pages, "--reader", "Ada").url, color_scheme=theme, bypass_csp=True)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    at(page, "1 of 6")
    keys(page, "0c")

    def check(where: str) -> None:
        rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}
        found = axe.Axe().run(page, options=rules)
        faults = [f"{one['id']}: {one['nodes'][0]['html']}" for one in found.response["violations"]]
        assert faults == [], where

    check("page")
    for key, dialog in (("?", "#help"), ("a", "#agreement"), ("g", "#goto")):
        page.keyboard.press(key)
        page.locator(dialog).wait_for()
        check(dialog)
        page.keyboard.press("Escape")
        page.locator(dialog).wait_for(state="hidden")
    page.locator("#reader").click()
    check("#entry")


def test_every_control_can_be_reached_by_tab_and_shows_its_focus(
    serve: Serve, open_page: Open, pages: Path
) -> None:
    page = open_page(serve(pages, "--reader", "Ada").url)
    at(page, "1 of 6")
    wanted = set(
        page.locator(
            "button:visible, select:visible, input:visible, textarea:visible"
        ).evaluate_all("(all) => all.map((one) => one.id || one.dataset.label)")
    )
    reached: set[str] = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        name, outline = page.evaluate(
            "[document.activeElement.id || document.activeElement.dataset.label || '', "
            "getComputedStyle(document.activeElement).outlineStyle]"
        )
        reached.add(name)
        assert name not in wanted or outline != "none", name
    assert wanted <= reached
