"""Data sets, pages, judgements and tags, with the views of what holds now."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

LATEST = """
CREATE VIEW latest_judgement AS
SELECT id, page_id, statement_key, label, who, source, said_at, blind, score, note
FROM (
    SELECT j.*, ROW_NUMBER() OVER (
        PARTITION BY page_id, who, source ORDER BY said_at DESC, id DESC
    ) AS place
    FROM judgement j
) AS placed
WHERE place = 1
"""

CURRENT = """
CREATE VIEW current_label AS
SELECT page_id, id AS judgement_id, label
FROM (
    SELECT l.*, ROW_NUMBER() OVER (
        PARTITION BY page_id
        ORDER BY
            CASE
                WHEN EXISTS (
                    SELECT 1 FROM judgement_tag jt JOIN tag t ON t.id = jt.tag_id
                    WHERE jt.judgement_id = l.id AND t.name = 'adjudicated'
                ) THEN 0
                WHEN source = 'person' THEN 1
                WHEN source IN ('folder', 'csv') THEN 2
                ELSE 3
            END,
            said_at DESC, id DESC
    ) AS place
    FROM latest_judgement l
    WHERE label IS NOT NULL
) AS placed
WHERE place = 1
"""

KEPT = ("judgement", "judgement_tag")


def upgrade() -> None:
    """Make the tables, their guards and the views."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "dataset",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String, nullable=False, unique=True),
        sa.Column("root", sa.Text, nullable=False),
        sa.Column("recorded_at", moment, nullable=False),
    )
    op.create_table(
        "page",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("dataset_id", sa.Integer, sa.ForeignKey("dataset.id"), nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("path", sa.Text),
        sa.Column("columns", sa.JSON, nullable=False),
        sa.UniqueConstraint("dataset_id", "key", name="page_once"),
    )
    op.create_table(
        "judgement",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("page_id", sa.Integer, sa.ForeignKey("page.id"), nullable=False, index=True),
        sa.Column("content_key", sa.String(64), nullable=False, unique=True),
        sa.Column("statement_key", sa.String(64), nullable=False),
        sa.Column("label", sa.Text),
        sa.Column("who", sa.Text, nullable=False, index=True),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("said_at", moment, nullable=False),
        sa.Column("recorded_at", moment, nullable=False),
        sa.Column("blind", sa.Boolean),
        sa.Column("score", sa.Float),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("undoes_id", sa.Integer, sa.ForeignKey("judgement.id"), unique=True),
    )
    op.create_table(
        "tag",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
    )
    op.create_table(
        "judgement_tag",
        sa.Column("judgement_id", sa.Integer, sa.ForeignKey("judgement.id"), primary_key=True),
        sa.Column("place", sa.Integer, primary_key=True),
        sa.Column("tag_id", sa.Integer, sa.ForeignKey("tag.id"), nullable=False, index=True),
    )
    _guard()
    op.execute(LATEST)
    op.execute(CURRENT)


def _guard() -> None:
    """Let the database itself refuse to change what was said."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION ecgpage_refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'judgements are never changed or deleted'; END $$"
        )
    for table in KEPT:
        for event in ("UPDATE", "DELETE"):
            name = f"{table}_no_{event.lower()}"
            if op.get_bind().dialect.name == "postgresql":
                op.execute(
                    f"CREATE TRIGGER {name} BEFORE {event} ON {table} "
                    "FOR EACH ROW EXECUTE FUNCTION ecgpage_refuse_change()"
                )
            else:
                op.execute(
                    f"CREATE TRIGGER {name} BEFORE {event} ON {table} BEGIN "
                    "SELECT RAISE(ABORT, 'judgements are never changed or deleted'); END"
                )


def downgrade() -> None:
    """Labels are not thrown away by going back: export them first, then remove the store."""
    raise NotImplementedError
