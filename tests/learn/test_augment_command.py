"""``ecgpage augmentations`` draws what training does, and says what it could not read."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest
from click.testing import CliRunner
from PIL import Image

from ecgpage.cli.commands.augmentations import command
from ecgpage.flows.augmentations import AugmentationsRequest, show_augmentations
from ecgpage.values import WrongUse

from .drawn import drawn_page


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two pages and a file that is none."""
    place = tmp_path / "pages"
    place.mkdir()
    (place / "a.png").write_bytes(b"nothing")
    for name in ("b.png", "c.png"):
        cv2.imwrite(str(place / name), drawn_page().image)
    return place


def test_png_and_html(folder: Path, tmp_path: Path) -> None:
    plot, html = tmp_path / "out" / "a.png", tmp_path / "a.html"
    arguments = [str(folder), "--plot", str(plot), "--html", str(html), "--copies", "2"]
    done = CliRunner().invoke(command, [*arguments, "--height", "60", "--width", "100"])
    assert done.exit_code == 1, done.output
    assert "a.png" in done.output
    with Image.open(plot) as picture:
        assert picture.width > 900
    page = html.read_text(encoding="utf-8")
    assert page.count("<img") == 2 * 2 * 3
    assert "notebook, epoch 2" in page
    assert "http" not in page.replace("http://www.w3.org", "")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.html", "out", "pages"]


def test_the_same_seed_draws_the_same(folder: Path, tmp_path: Path) -> None:
    for name, seed in (("1", 5), ("2", 5), ("3", 6)):
        request = AugmentationsRequest((str(folder),), html=tmp_path / name, seed=seed, pages=1)
        show_augmentations(request)
    first, second, other = ((tmp_path / name).read_bytes() for name in "123")
    assert first == second != other


def test_wrong_use(folder: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(command, [str(folder)])
    assert done.exit_code == 2
    assert "--plot FILE.png" in done.output
    with pytest.raises(WrongUse, match="no page to show"):
        show_augmentations(AugmentationsRequest((str(folder / "a.png"),), html=tmp_path / "x"))
    with pytest.raises(WrongUse, match="no augmentation of that name"):
        show_augmentations(AugmentationsRequest((str(folder),), names=("flip",)))
