"""A model looks at all pages in the background while people go on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from ecgpage.flows.label_pages_model import Opinion
from ecgpage.values import Refusal, Refused, WrongUse

Judge = Callable[[], Iterator[tuple[str, Opinion | Refusal]]]


@dataclass(slots=True)
class Scoring:
    """What the model has said so far.

    Attributes
    ----------
    judge:
        Yields key and opinion of each page; None without a model.
    total:
        How many pages there are.
    """

    judge: Judge | None
    total: int
    opinions: dict[str, Opinion] = field(default_factory=dict)
    failed: int = 0
    fault: Refusal | None = None
    _thread: threading.Thread | None = None
    _stop: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> None:
        """Begin, unless it has begun; a run that failed begins again.

        Raises
        ------
        WrongUse
            ``no-model``.
        """
        if self.judge is None:
            raise WrongUse(
                Refusal("queue", "there is no model to ask", "the server started with --model",
                        "a server without", "Start again with --model MODEL_DIR.", "no-model")
            )  # fmt: skip
        with self._lock:
            if self._thread is None or self.fault is not None:
                self.fault = None
                self._thread = threading.Thread(target=self._run, name="scoring", daemon=True)
                self._thread.start()

    def snapshot(self) -> dict[str, Opinion]:
        """The opinions so far, as a copy."""
        with self._lock:
            return dict(self.opinions)

    def state(self) -> dict[str, object]:
        """Plain values for JSON."""
        with self._lock:
            done = len(self.opinions) + self.failed
            running = self._thread is not None and self._thread.is_alive()
            return {
                "model": self.judge is not None,
                "running": running,
                "done": done,
                "total": self.total,
                "failed": self.failed,
                "unseen": sum(one.unseen for one in self.opinions.values()),
                "fault": None if self.fault is None else self.fault.as_dict(),
            }

    def close(self) -> None:
        """Stop after the page at hand."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(10)

    def _run(self) -> None:
        assert self.judge is not None
        try:
            for key, said in self.judge():
                with self._lock:
                    if isinstance(said, Refusal):
                        self.failed += 1
                    else:
                        self.opinions[key] = said
                if self._stop.is_set():
                    return
        except Refused as error:
            with self._lock:
                self.fault = error.refusal
