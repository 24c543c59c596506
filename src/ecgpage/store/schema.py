"""Bring a store to the schema that this version works with."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, text

from ecgpage.store.engine import reading, writing
from ecgpage.values import Refusal, WrongUse

MIGRATIONS = Path(__file__).parent / "migrations"
VERSION_TABLE = "ecgpage_schema"
"""Holds the schema's version; a name of its own, for other programs share the database."""

LOCK = 0x45434750
"""Number of the advisory lock under which one process at a time migrates on PostgreSQL."""


def migrate(engine: Engine) -> None:
    """Apply the steps that a store lacks; nothing where it is up to date.

    Raises
    ------
    WrongUse
        ``newer-store`` where a newer version made it.
    """
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    scripts = ScriptDirectory.from_config(config)
    with reading(engine) as connection:
        if version(connection) == scripts.get_current_head():
            return
    with writing(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        found = version(connection)
        if found is not None and found not in {step.revision for step in scripts.walk_revisions()}:
            raise _newer(engine, found, scripts.get_current_head())
        config.attributes.update(connection=connection, version_table=VERSION_TABLE)
        command.upgrade(config, "head")


def version(connection: Connection) -> str | None:
    """The schema's version in a database; None where there is no store yet."""
    from alembic.runtime.migration import MigrationContext

    context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
    heads = context.get_current_heads()
    return heads[0] if heads else None


def _newer(engine: Engine, found: str, head: str | None) -> WrongUse:
    return WrongUse(
        Refusal(
            engine.url.render_as_string(),
            "a newer version of ecgpage made this store",
            f"schema {head} or older",
            f"schema {found}",
            "Upgrade with: pip install --upgrade ecgpage",
            "newer-store",
        )
    )
