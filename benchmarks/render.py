"""Pages a second of the renderer: ``python benchmarks/render.py [--pages N]``.

Prints one row for each kind of page: pages per second of processor time on one core (the time
of this process alone, so a busy machine changes it little) and of the clock. Plain pages are
measured with the grid kept from the page before and with a new grid each time; simulated
records are made beforehand except in the last two rows.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace

import cv2

from ecgpage.render import (
    WORLDS,
    demo_pages,
    random_style,
    random_world,
    render_record,
    simulate,
    template,
)


def measure(function: Callable[[int], object], count: int) -> tuple[float, float]:
    """Calls a second, by processor time and by the clock, after one call to warm up."""
    function(count)
    clock, processor = time.perf_counter(), time.process_time()
    for k in range(count):
        function(k)
    return count / (time.process_time() - processor), count / (time.perf_counter() - clock)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=12, help="pages for each row")
    count = parser.parse_args().pages
    cv2.setNumThreads(1)
    records = [simulate("normal", k) for k in range(4)]
    letter = template("letter-bars")

    def plain(k: int) -> object:
        return render_record(records[k % 4], letter, k)

    def fresh_grid(k: int) -> object:
        return render_record(records[k % 4], replace(letter, paper_rgb=(255, 255, k % 256)), k)

    def mixed(k: int) -> object:
        return render_record(records[k % 4], random_style(k, dpi=(150, 200)), k)

    def worn(kind: str) -> Callable[[int], object]:
        return lambda k: render_record(
            records[k % 4], letter, k, world=random_world(k, 1.0, kind=kind)
        )

    rows: list[tuple[str, Callable[[int], object], int]] = [
        ("plain 2200x1700, same grid", plain, count),
        ("plain 2200x1700, new grid", fresh_grid, count),
        ("mixed looks, 150-200 dpi", mixed, count),
        *((f"2200x1700, {kind}, full strength", worn(kind), count) for kind in WORLDS),
        ("a simulated record", lambda k: simulate("normal", k), 4 * count),
        ("ten demonstration pages", lambda k: list(demo_pages(10, k)), max(count // 4, 2)),
    ]
    print(f"{'what':<36}{'a second (processor)':>22}{'a second (clock)':>20}")
    for name, function, calls in rows:
        processor, clock = measure(function, calls)
        print(f"{name:<36}{processor:>22.1f}{clock:>20.1f}")


if __name__ == "__main__":
    main()
