"""The label store's schema, step by step (Alembic)."""
