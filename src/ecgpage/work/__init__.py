"""Batches: a pure function over many items on all cores, resumable, in flat memory.

>>> from ecgpage.work import run
>>> [outcome.value for outcome in run(len, ["P", "QRS"], key=str)]
[1, 3]
"""

from ecgpage.work.batch import count_cores, run
from ecgpage.work.engine import Done, Engine, Failed, Lost, Reply
from ecgpage.work.inline import Inline
from ecgpage.work.pool import Pool
from ecgpage.work.stamps import stamp

__all__ = [
    "Done",
    "Engine",
    "Failed",
    "Inline",
    "Lost",
    "Pool",
    "Reply",
    "count_cores",
    "run",
    "stamp",
]
