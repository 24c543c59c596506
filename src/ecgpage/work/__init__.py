"""Batches: a pure function over many items on all cores, resumable, in flat memory.

>>> from ecgpage.work import run
>>> [outcome.value for outcome in run(len, ["P", "QRS"], key=str)]
[1, 3]
"""

from ecgpage.work.batch import run
from ecgpage.work.cluster_engine import LOCAL, cluster
from ecgpage.work.cores import count_cores
from ecgpage.work.engine import Done, Engine, Failed, Lost, Reply
from ecgpage.work.inline import Inline
from ecgpage.work.means import Means
from ecgpage.work.pool import Pool
from ecgpage.work.stamps import stamp

__all__ = [
    "LOCAL",
    "Done",
    "Engine",
    "Failed",
    "Inline",
    "Lost",
    "Means",
    "Pool",
    "Reply",
    "cluster",
    "count_cores",
    "run",
    "stamp",
]
