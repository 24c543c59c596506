"""With what a batch is carried out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ecgpage.work.cluster_engine import cluster
from ecgpage.work.engine import Engine, Function


@dataclass(frozen=True, slots=True)
class Means:
    """Where a batch's items go, and what each of them may take.

    Attributes
    ----------
    jobs:
        How many processes on this machine; 0 takes one for each core.
    dask:
        Address of a Dask scheduler, or ``local``; None works with processes alone.
    limit_s, limit_mb:
        Longest time and most memory for one item, in seconds and MiB; None sets no limit.
    """

    jobs: int = 1
    dask: str | None = None
    limit_s: float | None = None
    limit_mb: float | None = None

    def engine(self, watched: Callable[[str], None]) -> Callable[[Function], Engine] | None:
        """What makes the cluster's engine; None where processes of this machine do.

        ``watched`` is told the dashboard's address.

        Raises
        ------
        WrongUse
            ``missing-extra``.
        """
        if self.dask is None:
            return None
        return cluster(
            self.dask, jobs=self.jobs, limit_s=self.limit_s, limit_mb=self.limit_mb, watched=watched
        )
