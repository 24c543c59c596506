"""What one page of an archive costs each command: processor time, memory, bytes in and out.

    python benchmarks/archive_costs.py PAGES... [--most 30] [--model MODEL]

Each command works through the pages in a process of its own with one thread a library, into
Parquet and an SQLite ledger. Processor time is that of the page alone (reading, hashing, looking,
packing), so that what else the machine does counts little; on an idle machine it is the time that
passes. Memory is the highest resident size of that process. Prints a table in Markdown.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COMMANDS = ("predict", "audit", "digitise", "measure")


def one(command: str, model: Path, pages: list[str], folder: Path) -> dict[str, float]:
    """Work through the pages in this very process."""
    from ecgpage.digitise import Settings
    from ecgpage.flows.archive import ArchiveRequest, work_through
    from ecgpage.flows.archive_looks import (
        AuditLook,
        DigitiseLook,
        Looks,
        MeasureLook,
        open_predict_look,
    )
    from ecgpage.flows.archive_page import OnePage
    from ecgpage.flows.measure import MeasureRequest
    from ecgpage.values import PageTask

    look: Looks
    if command == "predict":
        look = open_predict_look(model)
    elif command == "audit":
        look = AuditLook()
    elif command == "digitise":
        look = DigitiseLook(Settings(), records=str(folder / "records"))
    else:
        look = MeasureLook(MeasureRequest((), Path()))
    function, spent, refused = OnePage(look), [], 0
    for number, path in enumerate([pages[0], *pages]):  # the first one loads what is kept
        begun_s = time.process_time()
        refused += bool(function(PageTask(number, path, 1, True)).code)
        spent.append(time.process_time() - begun_s)
    peak = peak_mib(os.getpid())
    told = work_through(
        ArchiveRequest(tuple(pages), str(folder / "out"), str(folder / "ledger.sqlite")), look
    )
    count = told.count.pages
    return {
        "seconds": sum(spent[1:]) / count, "slowest": max(spent[1:]), "peak_mib": peak,
        "read": sum(Path(page).stat().st_size for page in pages) / count,
        "parquet": size_of(folder / "out") / count,
        "ledger": size_of(folder / "ledger.sqlite") / count,
        "records": size_of(folder / "records") / max(1, told.count.done),
        "refused": told.count.refused / count, "pages": count,
    }  # fmt: skip


def peak_mib(process: int) -> float:
    """Highest resident memory of a process (Linux)."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(next(x for x in status.splitlines() if x.startswith("VmHWM")).split()[1]) / 1024


def size_of(place: Path) -> int:
    """Bytes of a file or of all files below a folder."""
    if place.is_file():
        return place.stat().st_size
    return sum(path.stat().st_size for path in place.rglob("*") if path.is_file())


def main() -> None:
    """One process for each command, one line of the table for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pages", nargs="+")
    parser.add_argument("--most", type=int, default=30)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--one", choices=COMMANDS, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(one(asked.one, asked.model, asked.pages, Path(folder))))
        return
    from ecgpage.read import find_files

    found = sorted(find_files(asked.pages))
    chosen = found[:: max(1, len(found) // asked.most)][: asked.most]
    env = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
                        "OPENCV_FOR_THREADS_NUM": "1"}  # fmt: skip
    print("| command | pages | refused | s a page | slowest | pages/s a core | peak MiB "
          "| KiB read | KiB Parquet | KiB ledger | KiB records |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for command in COMMANDS:
        words = [sys.executable, __file__, *chosen, "--model", str(asked.model), "--one", command]
        done = subprocess.run(words, capture_output=True, text=True, env=env, check=True)
        row = json.loads(done.stdout.splitlines()[-1])
        cells = [
            command, f"{row['pages']}", f"{100 * row['refused']:.0f} %", f"{row['seconds']:.3f}",
            f"{row['slowest']:.2f}", f"{1 / row['seconds']:.2f}", f"{row['peak_mib']:.0f}",
            *(f"{row[name] / 1024:.1f}" for name in ("read", "parquet", "ledger", "records")),
        ]  # fmt: skip
        print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
