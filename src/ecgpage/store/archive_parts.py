"""Parts of an archive's output: what the ledger holds of some pages, as Parquet."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from ecgpage.store.archive_schema import DONE
from ecgpage.store.archive_tables import as_parquet, tables_of
from ecgpage.store.places import join, put_bytes
from ecgpage.values import Work, unpack


def write_part(work: Work, output: str, part: int, pages: Iterable[Any]) -> None:
    """Write one file a table, ``TABLE/work=KEY/part-00000012.parquet``, each whole.

    ``pages`` are rows of the ledger, by number. The same pages give the same bytes.
    """
    settings = json.dumps(work.settings, sort_keys=True, ensure_ascii=False)
    columns = tables_of(work.command)
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in columns}
    for page in pages:
        where = {"path": page.file, "page": page.page, "sha256": page.sha256}
        content = unpack(page.value)
        for table, lines in content.get("rows", {}).items():
            rows[table] += [where | line for line in lines]
        if "refusal" in content:
            rows["refusals"].append(where | content["refusal"])
        rows["provenance"].append(
            where
            | {
                "bytes": page.bytes,
                "state": "done" if page.state == DONE else "refused",
                "command": work.command,
                "version": work.version,
                "settings": settings,
                "record": content.get("record"),
            }
        )
    notes = {"ecgpage": work.version, "command": work.command, "settings": settings}
    for table, lines in rows.items():
        place = join(output, table, f"work={work.key}", f"part-{part:08d}.parquet")
        put_bytes(place, as_parquet(columns[table], lines, notes))
