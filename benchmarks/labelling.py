"""How soon the next page is on the screen after a key, and how much memory the server takes.

Makes real-size pages (2200 x 1600 pixels, JPEG, as a scanner writes them), serves them with
``ecgpage label``, labels them all by keys in a headless Chromium, and measures in the browser:
from the key's own time stamp to the frame after the one in which the page was painted. The
server's resident memory is read from ``/proc`` after each page.

    python benchmarks/labelling.py                    500 pages, looking at each for 0.5 s
    python benchmarks/labelling.py --pages 500 --pause-ms 250
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np

ROWS, COLUMNS = 1600, 2200
TIMER = """
window.ecgpageTimes = [];
let pressed = null;
window.addEventListener("keydown", (event) => { pressed = event.timeStamp; }, true);
document.addEventListener("ecgpage:shown", (event) => {
  if (pressed === null) return;
  window.ecgpageTimes.push({ key: event.detail.key, ms: performance.now() - pressed });
  pressed = null;
});
"""


def make_pages(folder: Path, count: int, seed: int) -> None:
    """Rendered pages at scanner size; noise makes the files as large as real scans are."""
    from ecgpage.render import demo_pages

    rng = np.random.default_rng(seed)
    kinds = [page.page.image for page, _ in demo_pages(8, seed)]
    for number in range(count):
        image = cv2.resize(
            kinds[number % len(kinds)], (COLUMNS, ROWS), interpolation=cv2.INTER_CUBIC
        )
        noise = rng.normal(0, 3, (ROWS, COLUMNS, 1))
        shown = np.clip(image + noise, 0, 255).astype(np.uint8)
        cv2.putText(shown, str(number), (40, 80), cv2.FONT_HERSHEY_SIMPLEX, 2, (0, 0, 0), 3)
        bgr = cv2.cvtColor(shown, cv2.COLOR_RGB2BGR)
        cv2.imwrite(str(folder / f"{number:04d}.jpg"), bgr, [cv2.IMWRITE_JPEG_QUALITY, 90])


def start(folder: Path) -> tuple[subprocess.Popen[str], str]:
    """The server and its address."""
    command = [sys.executable, "-m", "ecgpage", "label", str(folder), "--no-browser", "--port", "0",
               "--reader", "Benchmark"]  # fmt: skip
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("Open "):
            return process, line.split()[1]
    raise SystemExit("the server did not start")


def resident_mb(process: int) -> float:
    """Resident memory of a process in MiB."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return float("nan")


def label_all(url: str, server: int, count: int, pause_ms: int) -> tuple[list[float], list[float]]:
    """Press 0 and 1 through all pages; milliseconds of each key, MiB of the server after it."""
    from playwright.sync_api import sync_playwright

    found = shutil.which("chromium") or shutil.which("chromium-browser")
    memory = []
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=found, chromium_sandbox=False, args=["--disable-quic", "--disable-gpu"]
        )
        page: Any = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
        page.add_init_script(TIMER)
        page.goto(url)
        page.locator("#place", has_text=f"1 of {count}").wait_for()
        page.wait_for_timeout(3000)
        for number in range(count - 1):
            page.keyboard.press("01"[number % 2])
            while page.evaluate("window.ecgpageTimes.length") <= number:
                page.wait_for_timeout(5)
            memory.append(resident_mb(server))
            page.wait_for_timeout(pause_ms)
        times = [one["ms"] for one in page.evaluate("window.ecgpageTimes")]
        browser.close()
    return times, memory


def main() -> None:
    """Run, print the figures, optionally write them as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=500)
    parser.add_argument("--pause-ms", type=int, default=500, help="Looking time of a page.")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_pages(folder, given.pages, given.seed)
        size = sum(file.stat().st_size for file in folder.iterdir()) / given.pages / 2**20
        process, url = start(folder)
        begun = time.monotonic()
        try:
            times, memory = label_all(url, process.pid, given.pages, given.pause_ms)
        finally:
            process.terminate()
            process.wait(20)
    spent = time.monotonic() - begun
    tenth = max(1, len(memory) // 10)
    found = {
        "pages": given.pages, "size_px": [ROWS, COLUMNS], "mean_file_mb": size,
        "pause_ms": given.pause_ms, "pages_a_minute": 60 * len(times) / spent,
        "key_to_screen_ms": {
            name: float(np.percentile(times, share))
            for name, share in (("median", 50), ("p95", 95), ("p99", 99), ("max", 100))
        },
        "server_mb": {
            "second_tenth": float(np.median(memory[tenth : 2 * tenth])),
            "last_tenth": float(np.median(memory[-tenth:])), "highest": max(memory),
        },
        "load_average": os.getloadavg(), "cpus": os.cpu_count(),
    }  # fmt: skip
    print(json.dumps(found, indent=1))
    if given.json is not None:
        given.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
