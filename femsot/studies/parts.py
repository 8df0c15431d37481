"""Parts of a long study, kept on disk while it runs, solved here or by workers that end with whoever started them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from femsot.base.errors import PhysicsWarning, SolveError
from femsot.base.quantities import Array

from .columns import Points, load, store

#: how often a part is tried whose worker was ended from outside
TRIES = 3
#: seconds that a worker has to clean up
GRACE = 1.0
Values = dict[str, Array]  #: (points, ...) by dotted path


@dataclass(frozen=True, eq=False)
class Part:
    """Points that are solved and stored together."""

    solve: Callable[[Values], Points]
    values: Values
    path: Path  #: the .npz that holds what came out

    @property
    def count(self) -> int:
        """Return the number of points."""
        return len(next(iter(self.values.values())))

    def stored(self) -> Points | None:
        """Return what is on disk; None where it is missing, damaged in whatever way, or of other points."""
        try:
            points = load(self.path)
        except Exception:  # a damaged archive fails in as many ways as there are bytes
            return None
        whole = bool(points.table) and all(column.shape == (self.count,) for column in points.table.values())
        return points if whole else None

    def solved(self) -> Points:
        """Return what is on disk, else solve the points and store them."""
        points = self.stored()
        if points is not None:
            return points
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PhysicsWarning)  # they stand in the summary
            points = self.solve(self.values)
        store(points, self.path)
        return points


def solve_parts(parts: Sequence[Part], workers: int = 1) -> Iterator[Points]:
    """Yield what is found of every part, in order.

    A part whose worker was ended from outside is tried again. Raise SolveError where that happens `TRIES` times.
    """
    if workers == 1 or len(parts) == 1:
        for part in parts:
            yield part.solved()
        return
    position = 0
    breaks = 0
    while position < len(parts):
        with _pool(min(workers, len(parts) - position)) as pool:
            futures = [pool.submit(part.solved) for part in parts[position:]]
            try:
                for future in futures:
                    points = future.result()
                    position += 1
                    breaks = 0
                    yield points
            except BrokenProcessPool:
                breaks += 1
        if breaks == TRIES:
            raise SolveError(
                f"a worker was ended from outside, {TRIES} times at the same part: did memory run out? What is solved "
                "is kept: the same command goes on from there, with fewer --workers"
            )


@contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Processes that import nothing from the current folder, and that end at once where the block fails."""
    safe = os.environ.get("PYTHONSAFEPATH")
    os.environ["PYTHONSAFEPATH"] = "1"
    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), initializer=_start_worker)
    try:
        yield pool
        pool.shutdown()
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in multiprocessing.active_children():
            process.terminate()
        raise
    finally:
        if safe is None:
            os.environ.pop("PYTHONSAFEPATH", None)
        else:
            os.environ["PYTHONSAFEPATH"] = safe


def _start_worker() -> None:
    """Leave Ctrl-C to the parent, clean up on SIGTERM, and end when the parent does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)
    threading.Thread(target=_follow_parent, daemon=True).start()


def _leave(signum: int, frame: object) -> NoReturn:
    """Remove what is half written, as an exception passes; a pool takes it for a result, so the end comes by itself."""
    timer = threading.Timer(GRACE, os._exit, (1,))
    timer.daemon = True
    timer.start()
    sys.exit(1)


def _follow_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
    os._exit(1)


__all__ = ["Part", "Values", "solve_parts"]
