"""``ecgpage browse`` as it is used: folders, labels, bad files, both sheets."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from ecgpage.cli.commands.browse import command
from ecgpage.flows.browse import BrowseRequest, browse
from ecgpage.flows.pages import pages_of
from ecgpage.values import Glimpse, Refusal
from read import making


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two class folders, a PDF of two pages, a cut file and a blank page."""
    root = tmp_path / "pages"
    for name, data in {
        "Normal/one.png": making.encoded(making.picture(), "PNG", dpi=(200, 200)),
        "Normal/two & <b>.jpg": making.encoded(making.picture(), "JPEG"),
        "Abnormal/three.pdf": making.pdf([b"0 0 m 100 50 l S"] * 2),
        "Abnormal/cut.png": making.encoded(making.picture(), "PNG")[:300],
        "Abnormal/blank.png": making.encoded(np.full((200, 300, 3), 255, np.uint8), "PNG"),
    }.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


def invoke(*arguments: str | Path) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


def cards(sheet: Path) -> list[str]:
    return re.findall(r"<article.*?</article>", sheet.read_text(encoding="utf-8"), re.DOTALL)


def test_a_bad_file_is_a_row_with_its_reason_and_the_exit_code_is_one(
    folder: Path, tmp_path: Path
) -> None:
    result = invoke(folder, "--out", tmp_path / "sheet.html", "--jobs", "1")
    assert result.exit_code == 1, result.output
    assert "cut.png: the picture ends early" in result.output
    assert "blank.png: the page is blank" in result.output
    rows = cards(tmp_path / "sheet.html")
    assert len(rows) == 6
    (bad,) = [row for row in rows if 'class="unreadable"' in row]
    assert "Abnormal/cut.png" in bad
    assert "truncated-image" in bad
    assert "the picture ends early" in bad
    assert "data:image" not in bad


def test_each_page_shows_size_format_resolution_label_and_problems(
    folder: Path, tmp_path: Path
) -> None:
    invoke(folder, "--out", tmp_path / "sheet.html", "--jobs", "1")
    rows = cards(tmp_path / "sheet.html")
    by_name = {re.findall(r'data-name="(.*?)"', row)[0]: row for row in rows}
    one = by_name["Normal/one.png"]
    for words in ("320 &times; 240 px", "PNG", "200 dpi", 'data-label="Normal"'):
        assert words in one
    assert "page 2 of 2" in by_name["Abnormal/three.pdf"]
    assert 'data-codes="blank-page"' in by_name["Abnormal/blank.png"]
    assert "Normal/two &amp; &lt;b&gt;.jpg" in by_name


def test_without_bad_files_the_exit_code_is_zero(folder: Path, tmp_path: Path) -> None:
    (folder / "Abnormal" / "cut.png").unlink()
    result = invoke(folder, "--out", tmp_path / "sheet.html", "--jobs", "1")
    assert result.exit_code == 0, result.output


def test_nothing_there_is_wrong_use(tmp_path: Path) -> None:
    result = invoke(tmp_path / "gone", "--out", tmp_path / "sheet.html")
    assert getattr(result.exception, "exit_code", None) == 2
    assert not (tmp_path / "sheet.html").exists()


def test_a_senseless_resolution_is_wrong_use_once_and_not_for_each_file(
    folder: Path, tmp_path: Path
) -> None:
    for jobs in ("1", "2"):
        result = invoke(folder, "--dpi", "nan", "--out", tmp_path / "s.html", "--jobs", jobs)
        assert getattr(result.exception, "exit_code", None) == 2
        assert "the resolution is not usable" in str(result.exception)
        assert not (tmp_path / "s.html").exists()


def test_the_sheet_refers_to_nothing_outside_but_linked_files(folder: Path, tmp_path: Path) -> None:
    for option in ("--embed", "--link"):
        sheet = tmp_path / "sheets" / f"sheet{option}.html"
        invoke(folder, "--out", sheet, option, "--jobs", "1")
        text = sheet.read_text(encoding="utf-8")
        assert not re.search(r'(src|href)="(https?:)?//', text)
        large = re.findall(r'data-large="(.*?)"', text)
        linked = [source for source in large if not source.startswith("data:")]
        assert len(large) == 5
        assert len(linked) == (0 if option == "--embed" else 3)  # a PDF is embedded always
        for source in re.findall(r'<a href="(.*?)"', text):
            from urllib.parse import unquote

            assert (sheet.parent / unquote(source.replace("&amp;", "&"))).exists()


def test_labels_from_a_manifest_and_its_missing_file(folder: Path, tmp_path: Path) -> None:
    manifest = folder / "labels.csv"
    manifest.write_text("path,label\nNormal/one.png,T wave\nNormal/gone.png,Normal\n")
    request = BrowseRequest(str(folder), tmp_path / "sheet.html", labels=manifest, jobs=1)
    seen = browse(request)
    assert seen.labels == {"T wave": 1, "Normal": 1}
    assert {refusal.code for refusal in seen.refusals} == {"truncated-image", "not-found"}


def test_a_manifest_can_be_browsed_itself(folder: Path, tmp_path: Path) -> None:
    manifest = folder / "labels.csv"
    manifest.write_text("path,label\nNormal/one.png,Normal\n")
    seen = browse(BrowseRequest(str(manifest), tmp_path / "sheet.html", jobs=1))
    assert (seen.glimpses, seen.refusals) == (1, ())


def test_the_picture_shows_a_thumbnail_for_each_page(folder: Path, tmp_path: Path) -> None:
    invoke(folder, "--out", tmp_path / "s.html", "--png", tmp_path / "s.png", "--jobs", "1")
    with Image.open(tmp_path / "s.png") as sheet:
        assert sheet.width == 1800
        image = np.asarray(sheet.convert("RGB")).astype(int)
    blue = np.abs(image - (30, 60, 200)).max(axis=2) < 40  # the corner mark of each page
    assert blue.sum() > 300
    assert (np.abs(image - (0xB4, 0x23, 0x18)).max(axis=2) < 20).sum() > 300  # the bad file's frame


def test_many_pages_fit_the_picture_and_the_rest_is_counted(tmp_path: Path) -> None:
    from ecgpage.report.contact_drawing import draw_contact_sheet

    many = [Glimpse(f"page {n}", f"{n}.png", rows=1, columns=1) for n in range(2500)]
    draw_contact_sheet(many, tmp_path / "many.png", title="many")
    with Image.open(tmp_path / "many.png") as sheet:
        assert sheet.height <= 20_000


def test_a_name_that_is_no_utf8_does_not_spoil_the_sheet(tmp_path: Path) -> None:
    from ecgpage.report.contact_sheet import write_contact_sheet

    refusal = Refusal("scan", "it is odd", "a", "b", "Look.", "odd")
    odd = Glimpse("scan\\xff.png", "scan\udcff.png", problems=(refusal,), readable=False)
    write_contact_sheet([odd], tmp_path / "sheet.html", title="scans\udcff")
    assert "scan%FF.png" in (tmp_path / "sheet.html").read_text(encoding="utf-8")


def test_a_dicom_waveform_is_drawn_and_has_no_made_up_words(tmp_path: Path) -> None:
    time_s = np.arange(5000) / 500
    samples = np.tile((400 * np.sin(2 * np.pi * time_s))[:, None], 12).astype(np.int16)
    channels = [making.channel(code) for code in making.MDC_CODES]
    path = tmp_path / "ecg.dcm"
    path.write_bytes(making.packed(making.dicom_ecg(making.waveform_group(samples, channels))))
    (page,) = pages_of(path, dpi=100)
    assert (page.source, page.format, page.dpi) == (str(path), "DICOM", 100)
    assert dict(page.metadata) == {"modality": "ECG", "age": "071Y", "sex": "F"}
    assert (page.image.min(axis=2) < 80).sum() > 2000
    header = page.image[: round(20 / 25.4 * 100)]
    assert (header.min(axis=2) < 80).sum() == 0
    seen = browse(BrowseRequest(str(tmp_path), tmp_path / "sheet.html", jobs=1))
    assert seen.formats == {"DICOM": 1}


@pytest.mark.slow
@pytest.mark.browser
def test_the_sheet_opens_pictures_turns_and_filters_in_a_browser(
    folder: Path, tmp_path: Path
) -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("no Chromium; install it with: apt-get install chromium")
    sheet = tmp_path / "sheet.html"
    invoke(folder, "--out", sheet, "--jobs", "1")
    script = """<script>
      const told = {shown: pick("shown").textContent};
      document.querySelectorAll(".open")[0].click();
      told.open = light.open; told.first = pick("caption").textContent;
      light.dispatchEvent(new KeyboardEvent("keydown", {key: "ArrowRight"}));
      told.second = pick("caption").textContent; light.close();
      pick("label").value = "=Normal"; filter(); told.normal = pick("shown").textContent;
      pick("label").value = ""; pick("problem").value = "some"; filter();
      told.bad = pick("shown").textContent;
      document.title = JSON.stringify(told);
    </script></body>"""
    sheet.write_text(sheet.read_text().replace("</body>", script))
    shown = subprocess.run(
        [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
         "--no-first-run", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom",
         sheet.as_uri()],
        capture_output=True, text=True, timeout=120, check=True,
    ).stdout  # fmt: skip
    told = json.loads(re.search(r"<title>(.*?)</title>", shown)[1])  # type: ignore[index]
    assert told["shown"] == "6 of 6 shown"
    assert told["open"] is True
    assert told["first"].startswith("1 of 5: Abnormal/blank.png")
    assert told["second"].startswith("2 of 5: Abnormal/three.pdf")
    assert told["normal"] == "2 of 6 shown"
    assert told["bad"] == "2 of 6 shown"


@pytest.mark.slow
@pytest.mark.data
def test_the_first_notebook_s_pictures(data_dir: Path, tmp_path: Path) -> None:
    seen = browse(BrowseRequest(str(data_dir / "seed-images"), tmp_path / "sheet.html", jobs=2))
    assert seen.glimpses == 50
    assert [refusal.code for refusal in seen.refusals] == ["truncated-image"]
    assert seen.problems == ()
    assert (tmp_path / "sheet.html").stat().st_size < 20e6
