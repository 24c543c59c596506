"""Pages, a served room and a browser for the labelling room's tests."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

pytest.importorskip("fastapi", reason="install it with: pip install 'ecgpage[web]'")

INSTALL = "apt-get install -y --no-install-recommends chromium"
FLAGS = ["--disable-quic", "--disable-gpu", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip


def draw_page(number: int, rows: int = 320, columns: int = 480) -> np.ndarray:
    """A small page: a grid, a trace, and the page's number."""
    image = np.full((rows, columns, 3), 255, np.uint8)
    image[::10] = (255, 215, 215)
    image[:, ::10] = (255, 215, 215)
    x = np.arange(columns)
    for k in range(1, 4):
        y = (
            k * rows / 4
            + 12 * np.sin(x / (7 + number % 5))
            - 30 * np.exp(-(((x % 97) - 40) ** 2) / 9)
        )
        points = np.stack([x, y], axis=1).astype(np.int32)
        cv2.polylines(image, [points], False, (20, 20, 20), 1, cv2.LINE_AA)
    cv2.putText(image, f"{number}", (8, 24), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (0, 0, 0), 2)
    return image


def write_pages(folder: Path, count: int) -> Path:
    """So many pages named page-000.png and on."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        cv2.imwrite(str(folder / f"page-{number:03d}.png"), draw_page(number))
    return folder


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """Six pages."""
    return write_pages(tmp_path / "pages", 6)


@dataclass
class Served:
    """A server in a process of its own."""

    process: subprocess.Popen[str]
    url: str

    @property
    def origin(self) -> str:
        return self.url.split("#")[0].rstrip("/")

    def code(self) -> str:
        """The page's code, as its script gets it."""
        with urllib.request.urlopen(f"{self.origin}/api/session") as answer:
            return str(json.load(answer)["code"])

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(20)


@pytest.fixture
def serve() -> Iterator[Callable[..., Served]]:
    """Starts ``ecgpage label`` as a person does, on a free port of loopback."""
    running: list[Served] = []

    def start(dataset: Path, *options: str) -> Served:
        command = [sys.executable, "-m", "ecgpage", "label", str(dataset), "--no-browser",
                   *(() if "--port" in options else ("--port", "0")), *options]  # fmt: skip
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            if line.startswith("Open "):
                served = Served(process, line.split()[1])
                running.append(served)
                return served
        raise AssertionError("the server did not start:\n" + "".join(said))

    yield start
    for served in running:
        if served.process.poll() is None:
            served.process.terminate()
            served.process.wait(20)
        if served.process.stdout is not None:
            served.process.stdout.close()


@pytest.fixture
def serve_view(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Starts ``ecgpage view`` as a person does, on a free port of loopback."""
    running: list[Served] = []

    def start(*options: str) -> Served:
        command = [sys.executable, "-m", "ecgpage", "view", "--no-browser", "--port", "0",
                   "--store", str(tmp_path / "marks.sqlite"), *options]  # fmt: skip
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            if line.startswith("Open "):
                running.append(Served(process, line.split()[1]))
                return running[-1]
        raise AssertionError("the server did not start:\n" + "".join(said))

    yield start
    for served in running:
        served.process.terminate()
        served.process.wait(20)
        if served.process.stdout is not None:
            served.process.stdout.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A headless Chromium of the system."""
    sync = pytest.importorskip("playwright.sync_api", reason="pip install playwright")
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip(f"no Chromium; install it with: {INSTALL}")
    with sync.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=found, args=FLAGS, chromium_sandbox=False)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Any) -> Iterator[Callable[..., Any]]:
    """A page in a browser of its own (nothing shared with others); its faults fail the test."""
    contexts = []
    faults: list[str] = []

    def start(url: str, **options: Any) -> Any:
        context = chromium.new_context(viewport={"width": 1280, "height": 800}, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on(
            "console", lambda said: faults.append(said.text) if "Security" in said.text else None
        )
        page.goto(url)
        return page

    yield start
    for context in contexts:
        context.close()
    assert faults == []
