"""Files to pages: PNG, JPEG, BMP, TIFF, WebP, GIF, HEIC, PDF and DICOM.

>>> from ecgpage.read import find_files, read_file
>>> for path in find_files(["scans"]):                            # doctest: +SKIP
...     for page in read_file(path, dpi=300):
...         print(page.name, page.image.shape)
"""

from ecgpage.read.contents import held
from ecgpage.read.entries import LISTS, Entry, find_entries
from ecgpage.read.faults import FAULTS, printable
from ecgpage.read.files import count_pages, read_file, read_one, read_page, starts_with
from ecgpage.read.find import find_files
from ecgpage.read.glance import Glancer, encode_jpeg, unreadable
from ecgpage.read.limits import Limits
from ecgpage.read.listing import list_items
from ecgpage.read.mixed import find_mixed, is_record
from ecgpage.read.problems import problems
from ecgpage.read.records import find_records, read_record
from ecgpage.read.remote import look_at
from ecgpage.read.sniff import SUFFIXES
from ecgpage.read.thumbnails import thumbnail
from ecgpage.values import is_url

__all__ = [
    "FAULTS",
    "LISTS",
    "SUFFIXES",
    "Entry",
    "Glancer",
    "Limits",
    "count_pages",
    "encode_jpeg",
    "find_entries",
    "find_files",
    "find_mixed",
    "find_records",
    "held",
    "is_record",
    "is_url",
    "list_items",
    "look_at",
    "printable",
    "problems",
    "read_file",
    "read_one",
    "read_page",
    "read_record",
    "starts_with",
    "thumbnail",
    "unreadable",
]
