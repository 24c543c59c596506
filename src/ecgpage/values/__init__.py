"""The frozen dataclasses that every room speaks."""

from ecgpage.values.archive import PageDone, PageTask, Work, pack, pack_refusal, unpack
from ecgpage.values.aside import write_beside
from ecgpage.values.dataset import PARTS, Dataset, Item, Split
from ecgpage.values.finding import SEVERITIES, Finding
from ecgpage.values.glimpse import Glimpse
from ecgpage.values.judgement import SOURCES, Judgement
from ecgpage.values.mark import BOUNDS, Mark
from ecgpage.values.measured import VERDICTS, Measured, MedianBeats, Verdict
from ecgpage.values.outcome import Ledger, Outcome
from ecgpage.values.page import Page, PrintedText, Stroke
from ecgpage.values.place import file_and_page, is_url
from ecgpage.values.progress import Progress, Silent
from ecgpage.values.quantity import Quantity, Range
from ecgpage.values.reading import FoundTrace, Reading
from ecgpage.values.record import LEADS, Record
from ecgpage.values.refusal import Refusal, Refused, WrongUse, missing_extra
from ecgpage.values.waves import Measurement, Statement, Wave, Waves

__all__ = [
    "BOUNDS",
    "LEADS",
    "PARTS",
    "SEVERITIES",
    "SOURCES",
    "VERDICTS",
    "Dataset",
    "Finding",
    "FoundTrace",
    "Glimpse",
    "Item",
    "Judgement",
    "Ledger",
    "Mark",
    "Measured",
    "Measurement",
    "MedianBeats",
    "Outcome",
    "Page",
    "PageDone",
    "PageTask",
    "PrintedText",
    "Progress",
    "Quantity",
    "Range",
    "Reading",
    "Record",
    "Refusal",
    "Refused",
    "Silent",
    "Split",
    "Statement",
    "Stroke",
    "Verdict",
    "Wave",
    "Waves",
    "Work",
    "WrongUse",
    "file_and_page",
    "is_url",
    "missing_extra",
    "pack",
    "pack_refusal",
    "unpack",
    "write_beside",
]
