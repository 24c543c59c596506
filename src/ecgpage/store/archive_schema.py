"""The tables of an archive's ledger."""

from __future__ import annotations

import sqlalchemy as sa

TABLES = sa.MetaData()

NEW, DONE, REFUSED = 0, 1, 2
"""States of a page: to be worked on, done, refused."""

DATASETS = sa.Table(
    "archive_datasets",
    TABLES,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("key", sa.Text, nullable=False, unique=True, comment="work and output"),
    sa.Column("work", sa.Text, nullable=False, comment="hash of command, settings and version"),
    sa.Column("output", sa.Text, nullable=False),
    sa.Column("part_pages", sa.Integer, nullable=False),
)
"""Results of one command with one set of settings and one version at one address."""

PAGES = sa.Table(
    "archive_pages",
    TABLES,
    sa.Column("dataset", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("file", sa.Text, nullable=False),
    sa.Column("page", sa.Integer, nullable=False, comment="from 1"),
    sa.Column("whole", sa.Boolean, nullable=False, comment="further pages follow from it"),
    sa.Column("stamp", sa.Text, nullable=False),
    sa.Column("bytes", sa.BigInteger),
    sa.Column("sha256", sa.Text),
    sa.Column("state", sa.SmallInteger, nullable=False),
    sa.Column("code", sa.Text, comment="of the refusal"),
    sa.Column("value", sa.LargeBinary, comment="rows or refusal, JSON, deflated"),
    sa.Column("seconds", sa.Float),
    sa.UniqueConstraint("dataset", "file", "page", name="archive_page_once"),
    sa.Index("archive_pages_state", "dataset", "state", "number"),
    sa.Index("archive_pages_content", "dataset", "bytes", "sha256"),
)
"""Every page of a data set, under a number that it keeps."""

PARTS = sa.Table(
    "archive_parts",
    TABLES,
    sa.Column("dataset", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("part", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("written", sa.Boolean, nullable=False),
)
"""Parts of the output, and whether the files of each hold what the ledger does."""

RUNS = sa.Table(
    "archive_runs",
    TABLES,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("dataset", sa.Integer, nullable=False),
    sa.Column("command", sa.Text, nullable=False),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("output", sa.Text, nullable=False),
    sa.Column("dashboard", sa.Text),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("pages", sa.BigInteger, nullable=False),
    sa.Column("done", sa.BigInteger, nullable=False),
    sa.Column("refused", sa.BigInteger, nullable=False),
    sa.Column("rate_hz", sa.Float, comment="pages a second over the last minute or more"),
    sa.Column("started_s", sa.Float, nullable=False),
    sa.Column("updated_s", sa.Float, nullable=False),
)
"""How far each run is."""
