"""An archive on loopback with real parts, in which pages, a worker and the client die.

    python benchmarks/archive_exactly_once.py --pages 5000

Runs ``tests/test_archive_cluster.py`` with so many pages: a Dask scheduler with two workers,
PostgreSQL, an S3 server; pages from S3, Parquet to S3, a worker killed at a third, the client at a
half and started again; then the same on one machine with two processes and an SQLite ledger, and
every file compared byte by byte. Prints a line of figures as JSON.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Run the test and pass its exit code on."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=5000)
    env = os.environ | {"ECGPAGE_ARCHIVE_PAGES": str(parser.parse_args().pages)}
    test = str(ROOT / "tests" / "test_archive_cluster.py::test_every_page_once_whatever_is_killed")
    command = [sys.executable, "-m", "pytest", test, "-s", "-p", "no:cacheprovider"]
    return subprocess.run(command, cwd=ROOT, env=env, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
