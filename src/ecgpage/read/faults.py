"""Every fault that a file can have, with its own words: one table, one function."""

from __future__ import annotations

from typing import NamedTuple

from ecgpage.values import Refusal, Refused, WrongUse


class Fault(NamedTuple):
    """What happened, what would have been right, and what to do next."""

    what: str
    expected: str
    todo: str


_KINDS = "PNG, JPEG, BMP, TIFF, WebP, GIF, HEIC, PDF or DICOM"

FAULTS: dict[str, Fault] = {
    # the file as such
    "not-found": Fault(
        "there is no such file", "an existing file", "Check the spelling of the path."
    ),
    "broken-link": Fault(
        "it is a symbolic link that points to nothing",
        "a link to an existing file",
        "Restore the target or remove the link.",
    ),
    "is-a-folder": Fault(
        "it is a folder, not a file", "a file", "Give the folder to a command that takes folders."
    ),
    "not-a-file": Fault(
        "it is not a regular file", "a regular file", "Copy the content into a file first."
    ),
    "no-permission": Fault(
        "it may not be read", "permission to read it", "Change its permissions or its owner."
    ),
    "cannot-read": Fault(
        "the operating system could not read it",
        "a file that can be read to its end",
        "Check the disk or the network share.",
    ),
    "bad-name": Fault(
        "the path cannot exist on this system", "a valid path", "Check how the path was made."
    ),
    "empty-file": Fault("the file is empty", "at least one byte", "Copy it again from its source."),
    "too-large-file": Fault(
        "the file is larger than the limit",
        "a file within Limits.bytes",
        "Raise Limits.bytes if it is genuine.",
    ),
    # the content is not a page
    "text-not-image": Fault(
        "it holds text, whatever its name says",
        _KINDS,
        "Open it in an editor to see what was saved instead of the picture.",
    ),
    "html-not-image": Fault(
        "it holds a web page, whatever its name says",
        _KINDS,
        "Download the picture itself; a login or error page was saved in its place.",
    ),
    "svg-not-read": Fault(
        "it is an SVG drawing", _KINDS, "Print it to PDF: its lines are kept there."
    ),
    "archive-not-image": Fault(
        "it is a compressed archive, whatever its name says", _KINDS, "Unpack it first."
    ),
    "office-not-image": Fault(
        "it is an office document", _KINDS, "Save it as PDF from the program that made it."
    ),
    "format-not-read": Fault(
        "its format is a picture format that is not read", _KINDS, "Convert it to PNG or TIFF."
    ),
    "unknown-content": Fault(
        "its content is of no known format", _KINDS, "Copy it again from its source."
    ),
    # pictures
    "truncated-image": Fault(
        "the picture ends early",
        "a picture that is whole",
        "Copy it again from its source; the missing part is not guessed.",
    ),
    "damaged-image": Fault(
        "the picture's data are damaged",
        "data that can be decoded",
        "Copy it again from its source.",
    ),
    "checksum-error": Fault(
        "a checksum within the picture is wrong",
        "data that agree with their checksum",
        "Copy it again from its source.",
    ),
    "bad-header": Fault(
        "the picture's header makes no sense",
        "a header with size, depth and colour model",
        "Copy it again or save it anew in another program.",
    ),
    "unsupported-depth": Fault(
        "its pixels have a range that is not defined",
        "1, 8, 12 or 16 bits a channel, or floats from 0 to 1",
        "Convert it to 8 or 16 bits.",
    ),
    "animated": Fault(
        "it is an animation", "a still picture", "Save the frame that you mean as PNG."
    ),
    "too-many-pixels": Fault(
        "the page is larger than the limit",
        "a page within Limits.pixels",
        "Scale it down, lower the dpi, or raise Limits.pixels if it is genuine.",
    ),
    "too-many-pages": Fault(
        "it has more pages than the limit",
        "a file within Limits.pages",
        "Split it, or raise Limits.pages if it is genuine.",
    ),
    "zero-size": Fault(
        "it has no pixels", "at least one row and column", "Copy it again from its source."
    ),
    # PDF
    "truncated-pdf": Fault(
        "the PDF ends early", "a PDF that ends with %%EOF", "Copy it again from its source."
    ),
    "damaged-pdf": Fault(
        "the PDF cannot be opened", "a PDF that is whole", "Copy it again from its source."
    ),
    "damaged-pdf-page": Fault(
        "the page cannot be loaded", "a page that is whole", "Print the file to PDF anew."
    ),
    "encrypted-pdf": Fault(
        "the PDF asks for a password",
        "a PDF without a password",
        "Save it without its password first.",
    ),
    "no-such-page": Fault(
        "it has no page of that number",
        "a number from 1 to the count of its pages",
        "Correct the number behind '#'.",
    ),
    "no-pages": Fault("it has no pages", "at least one page", "Print it again."),
    "too-many-objects": Fault(
        "the page draws more objects than the limit",
        "a page within Limits.objects",
        "Print it as a picture, or raise Limits.objects if it is genuine.",
    ),
    "inflates-too-far": Fault(
        "a small part of it inflates beyond the limit",
        "streams within Limits.inflated_bytes",
        "Do not trust this file; raise Limits.inflated_bytes if it is genuine.",
    ),
    # DICOM
    "damaged-dicom": Fault(
        "the DICOM file cannot be parsed", "a valid DICOM file", "Export it again."
    ),
    "truncated-dicom": Fault(
        "the DICOM file ends early", "as many bytes as it declares", "Export it again."
    ),
    "dicom-without-page": Fault(
        "the DICOM object holds neither pixels nor waveforms nor a PDF",
        "a secondary capture, an ECG waveform or an encapsulated PDF",
        "Export the ECG itself, not its presentation state or report.",
    ),
    "dicom-transfer-syntax": Fault(
        "its transfer syntax cannot be decoded here",
        "uncompressed, deflated, JPEG baseline, JPEG 2000 or RLE",
        "Export it uncompressed (explicit VR little endian).",
    ),
    "dicom-bad-pixels": Fault(
        "its pixel data do not fit what the header declares",
        "rows x columns x samples of the declared depth",
        "Export it again.",
    ),
    "dicom-photometric": Fault(
        "its photometric interpretation is not read",
        "MONOCHROME1, MONOCHROME2, RGB, PALETTE COLOR or YBR_*",
        "Export it as RGB.",
    ),
    "dicom-no-channels": Fault(
        "its waveform has no channels", "at least one ECG lead", "Export it again."
    ),
    "dicom-no-leads": Fault(
        "none of its channels is a known ECG lead",
        "channels named by SCP-ECG or MDC codes, or by name",
        "Check the channel sources in the exporting device.",
    ),
    "dicom-twin-lead": Fault(
        "one lead stands in it twice", "each lead once", "Export one recording at a time."
    ),
    "dicom-no-unit": Fault(
        "a channel does not say how many volts a step is",
        "a channel sensitivity in V, mV, uV or nV",
        "Export it with channel sensitivity; without it there are no millivolts.",
    ),
    "dicom-bad-rate": Fault(
        "its sampling frequency is not a positive number",
        "a sampling frequency in Hz",
        "Export it again.",
    ),
    "dicom-bad-waveform": Fault(
        "its waveform data do not fit what the header declares",
        "channels x samples of the declared depth",
        "Export it again.",
    ),
    # pages that read, but tell nothing (see problems)
    "tiny-page": Fault(
        "the page is too small to carry a trace",
        "at least 100 pixels each way",
        "Look for the full-size picture.",
    ),
    "blank-page": Fault("the page is blank", "ink on paper", "Check the scanner's feed."),
    "black-page": Fault("the page is black", "ink on paper", "Check the camera or export."),
    "one-colour-page": Fault(
        "the page is of one colour", "ink on paper", "Check the camera or export."
    ),
    "page-incomplete": Fault(
        "the file ended early and the rest of the page is empty",
        "a whole page",
        "Copy it again from its source.",
    ),
    # wrong use
    "wrong-dpi": Fault(
        "the resolution is not usable", "a number from 10 to 2400", "Give --dpi 200, for example."
    ),
    "no-such-path": Fault(
        "there is no such file or folder", "an existing path", "Check the spelling."
    ),
    "no-match": Fault(
        "the pattern matches no file", "a pattern with matches", "Quote it and check the folder."
    ),
}


def printable(path: str) -> str:
    """The path as text that can be written anywhere; bytes that are no UTF-8 become ``\\xNN``."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def refusal(where: str, code: str, received: str) -> Refusal:
    """The refusal of one fault of :data:`FAULTS`."""
    fault = FAULTS[code]
    return Refusal(printable(where), fault.what, fault.expected, received, fault.todo, code)


def refused(where: str, code: str, received: str) -> Refused:
    """The exception to raise for a file or page that cannot be read."""
    return Refused(refusal(where, code, received))


def wrong_use(where: str, code: str, received: str) -> WrongUse:
    """The exception to raise for a request that cannot be carried out."""
    return WrongUse(refusal(where, code, received))
