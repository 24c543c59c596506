"""``ecgpage augmentations``: see what augmentation does to pages."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ecgpage.cli.console import Bar, warn


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="DIR_OR_FILES...")
@click.option("--plot", type=click.Path(path_type=Path), help="Write a PNG file.")
@click.option("--html", type=click.Path(path_type=Path), help="Write one self-contained HTML file.")
@click.option(
    "--augmentation", "names", multiple=True, default=("notebook", "paper"), show_default=True,
    help="Which; can be given more than once.",
)  # fmt: skip
@click.option(
    "--strength", type=click.FloatRange(0, 4), default=1.0, show_default=True,
    help="Multiplies all of it.",
)  # fmt: skip
@click.option("--pages", type=click.IntRange(1, 100), default=3, show_default=True)
@click.option("--copies", type=click.IntRange(1, 20), default=3, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--mode", default="ink", show_default=True, help="What is seen: grey, ink, rows.")
@click.option("--height", type=int, default=276, show_default=True, help="Rows of that.")
@click.option("--width", type=int, default=480, show_default=True, help="Columns of that.")
@click.option("--mask/--no-mask", default=True, show_default=True, help="Leave out the header.")
def command(
    paths: tuple[str, ...],
    plot: Path | None,
    html: Path | None,
    names: tuple[str, ...],
    strength: float,
    pages: int,
    copies: int,
    seed: int,
    mode: str,
    height: int,
    width: int,
    mask: bool,
) -> None:
    """Show pages as the network sees them, and what each augmentation makes of them.

    notebook turns by up to 15 degrees, shifts by a tenth and shears, as Keras'
    ImageDataGenerator does; paper imitates print, scanner, light and JPEG. Neither mirrors.

    \b
    ecgpage augmentations pages/ --plot augmentations.png
    ecgpage augmentations pages/ --html augmentations.html --pages 6 --copies 5
    ecgpage augmentations pages/ --plot grey.png --mode grey --augmentation paper --strength 2

    Exit code 1: drawn, but some files on the way could not be read.
    """
    if plot is None and html is None:
        raise click.UsageError("say where the result goes: --plot FILE.png, --html FILE or both")
    from ecgpage.flows.augmentations import AugmentationsRequest, show_augmentations
    from ecgpage.learn import Preprocessing

    preprocessing = Preprocessing(height=height, width=width, mode=mode, mask=mask)
    request = AugmentationsRequest(
        paths, plot, html, preprocessing, names, strength, pages, copies, seed
    )
    refusals = show_augmentations(request, Bar())
    for refusal in refusals:
        warn(str(refusal))
    for written in filter(None, (plot, html)):
        click.echo(f"Written: {written}")
    sys.exit(1 if refusals else 0)
