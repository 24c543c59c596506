"""Sphinx settings; the page of each command is put together here from its text and its help."""

from __future__ import annotations

from pathlib import Path

import click

import ecgpage
from ecgpage.cli.main import group
from ecgpage.measure import reference_table, rules_table

HERE = Path(__file__).parent

project = "ecgpage"
author = "the ecgpage authors"
release = version = ecgpage.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["_build", "commands-src/*", "changes/*", "measuring-src.md"]
html_theme = "furo"
html_title = "ecgpage"
html_static_path: list[str] = []
autodoc_typehints = "description"
autodoc_mock_imports = ["keras", "tensorflow"]
suppress_warnings = ["myst.header"]


def write_command_pages() -> None:
    """One page a command: what is written about it, then its options as the program knows them."""
    folder = HERE / "commands"
    folder.mkdir(exist_ok=True)
    context = click.Context(group)
    names = group.list_commands(context)
    for name in names:
        text = HERE / "commands-src" / f"{name}.md"
        body = text.read_text(encoding="utf-8") if text.exists() else f"# {name}\n"
        command = group.get_command(context, name)
        assert command is not None
        inner = click.Context(command, info_name=f"ecgpage {name}", max_content_width=96)
        page = f"{body}\n\n## All options\n\n```text\n{command.get_help(inner)}\n```\n"
        target = folder / f"{name}.md"
        if not target.exists() or target.read_text(encoding="utf-8") != page:
            target.write_text(page, encoding="utf-8")
    toc = "\n".join(names)
    index = (
        f"# Commands\n\nEvery command has `--help` with examples.\n\n```{{toctree}}\n{toc}\n```\n"
    )
    (folder / "index.md").write_text(index, encoding="utf-8")
    for page in folder.glob("*.md"):
        if page.stem not in {*names, "index"}:
            page.unlink()


def write_changelog() -> None:
    """Join the lines of docs/changes into one page."""
    parts = ["# Changes\n", f"## {release}\n"]
    for path in sorted((HERE / "changes").glob("*.md")):
        lines = [
            line for line in path.read_text(encoding="utf-8").splitlines() if line[:1] in "-* "
        ]
        parts.append(
            f"### {path.stem.replace('-', ' ').capitalize()}\n\n" + "\n".join(lines) + "\n"
        )
    (HERE / "changelog.md").write_text("\n".join(parts), encoding="utf-8")


def write_catalogue() -> None:
    """The reference of measurements, from the table that the program itself uses."""
    text = (HERE / "measuring-src.md").read_text(encoding="utf-8")
    page = text.replace("CATALOGUE", reference_table()).replace("RULES", rules_table())
    (HERE / "measuring.md").write_text(page, encoding="utf-8")


write_command_pages()
write_changelog()
write_catalogue()
