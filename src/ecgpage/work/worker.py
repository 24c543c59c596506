"""What runs in a worker process."""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import threading
import time
from multiprocessing.connection import Connection

from ecgpage.values import Refusal
from ecgpage.work.call import call, unexpected
from ecgpage.work.engine import Failed, Reply

READY = b"ready"

_LOOK_S = 2.0


def serve(connection: Connection, packed_function: bytes, folder: str | None = None) -> None:
    """Answer items until the other end closes.

    Relative paths are taken from ``folder`` where this machine has it.
    An interrupt from the keyboard reaches the whole process group; it is the parent's to act on.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if folder is not None:
        with contextlib.suppress(OSError):
            os.chdir(folder)
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    try:
        function, failure = pickle.loads(packed_function), None
    except Exception as error:  # noqa: BLE001 - the function's module may do anything
        function, failure = None, error
    try:
        connection.send_bytes(READY)
        while True:
            where, packed_item = pickle.loads(connection.recv_bytes())
            if failure is not None:
                reply: Reply = Failed(unexpected(where, failure))
            else:
                reply = call(function, where, pickle.loads(packed_item))
            connection.send_bytes(_packed(where, reply))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


def _end_with(parent: int) -> None:
    """End this process when the one that started it is no more, also in the midst of an item."""
    while os.getppid() == parent:
        time.sleep(_LOOK_S)
    os._exit(1)


def _packed(where: str, reply: Reply) -> bytes:
    try:
        return pickle.dumps(reply, pickle.HIGHEST_PROTOCOL)
    except Exception as error:  # noqa: BLE001 - it runs the value's own code
        return pickle.dumps(
            Failed(
                Refusal(
                    where=where,
                    what="its result cannot be sent back from the worker process",
                    expected="a value that can be pickled",
                    received=type(error).__name__,
                    todo="Return plain values, arrays or dataclasses from the function.",
                    code="unpicklable-result",
                )
            )
        )
