"""Screenshots of the labelling room, of pages rendered here.

``python docs/make_label_pictures.py`` needs Chromium (``apt-get install chromium``) and the
development extra.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

PICTURES = Path(__file__).parent / "pictures"
PAGES = 12
COLOURS = 160
"""A palette keeps the pictures small."""


def make_pages(folder: Path) -> list[str]:
    """Rendered pages with the record of the first one beside it, and their labels."""
    from ecgpage.render import demo_pages
    from ecgpage.render.write import describe

    labels = []
    for number, (page, label) in enumerate(demo_pages(PAGES, 8)):
        name = folder / f"ecg-{number + 1:02d}"
        bgr = cv2.cvtColor(page.page.image, cv2.COLOR_RGB2BGR)
        cv2.imwrite(f"{name}.jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 92])
        record = describe(page.truth)
        for described, trace in zip(record["traces"], page.truth.traces, strict=True):
            described["points_px"] = np.round(trace.points_px[::3], 1).tolist()
        name.with_suffix(".json").write_text(json.dumps(record))
        labels.append(label)
    return labels


def say(folder: Path, labels: list[str]) -> None:
    """What a rule and two readers have said before: they differ on the seventh page."""
    from ecgpage.store import LabelStore, store_beside
    from ecgpage.values import Judgement

    now = datetime.now(UTC)
    said = []
    for number, label in enumerate(labels):
        key = f"ecg-{number + 1:02d}.jpg"
        rule, fired = ("Abnormal", "std") if number % 3 else ("Normal", "no criterion")
        why = f"mean 236.1, max 255, std {36 + number % 3}.4: {fired} holds"
        said.append(Judgement(key, rule, "t-band std>37", "rule", now, note=why))
        for reader in ("Ada", "Ben"):
            other = {"Normal": "Abnormal", "Abnormal": "Normal"}[label]
            told = other if reader == "Ben" and number in (6, 9) else label
            note = "T flat in V5, V6?" if reader == "Ben" and number == 6 else ""
            said.append(Judgement(key, told, reader, "person", now, blind=True, note=note))
    with LabelStore(store_beside(folder)) as store:
        store.add(said)


def serve(folder: Path, reader: str) -> tuple[subprocess.Popen[str], str]:
    """The room as a person starts it."""
    command = [sys.executable, "-m", "ecgpage", "label", str(folder), "--no-browser", "--port", "0",
               "--reader", reader, "--queue", "all"]  # fmt: skip
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    line = next(line for line in process.stdout if line.startswith("Open "))
    return process, line.split()[1]


def shoot(page: Any, name: str) -> None:
    """One picture, with few colours."""
    page.wait_for_timeout(1200)
    with tempfile.NamedTemporaryFile(suffix=".png") as raw:
        page.screenshot(path=raw.name)
        with Image.open(raw.name) as picture:
            small = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
            small.save(PICTURES / f"label-{name}.png", optimize=True)


def shoot_all(browser: Any, url: str) -> None:
    """Light, dark, tablet, adjudication, agreement."""

    def opened(theme: str, width: int, height: int) -> Any:
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=theme
        )
        page = context.new_page()
        page.goto(url)
        page.locator("#place", has_text="of 12").wait_for()
        return page

    light = opened("light", 1280, 800)
    for key in ("0", "1"):
        light.keyboard.press(key)
        light.wait_for_timeout(2500)
    shoot(light, "light")
    dark = opened("dark", 1280, 800)
    for key in ("0", "1", "1", "b", "o", "c"):
        dark.keyboard.press(key)
        dark.wait_for_timeout(1500)
    dark.mouse.move(560, 330)
    dark.mouse.down()
    dark.mouse.move(640, 290, steps=4)
    dark.mouse.up()
    shoot(dark, "dark")
    tablet = opened("light", 820, 1180)
    tablet.keyboard.press("0")
    shoot(tablet, "tablet")
    light.keyboard.press("a")
    light.locator("#agreement-body table").wait_for()
    shoot(light, "agreement")
    light.locator("#settle").click()
    light.locator("#votes").wait_for()
    shoot(light, "adjudication")


def main() -> None:
    """Render, serve, shoot."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with tempfile.TemporaryDirectory() as name, sync_playwright() as play:
        folder = Path(name) / "clinic"
        folder.mkdir()
        say(folder, make_pages(folder))
        process, url = serve(folder, "Cem")
        browser = play.chromium.launch(
            executable_path=chromium, chromium_sandbox=False, args=["--disable-gpu"]
        )
        try:
            shoot_all(browser, url)
        finally:
            browser.close()
            process.terminate()
            process.wait(20)


if __name__ == "__main__":
    main()
