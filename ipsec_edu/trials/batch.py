"""Many independent runs over any executor: in order, cancellable, an error with the name of its point.

What all points share (labs, already parsed) travels once per chunk as bytes and is unpacked once
per worker, so it does not matter whether workers are forked, spawned, or on another machine.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import queue
import signal
import sys
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import closing
from functools import lru_cache
from typing import Any

from ipsec_edu.core.errors import IpsecEduError, ScenarioError
from ipsec_edu.trials.progress import Progress

__all__ = ["IN_PROCESS", "Task", "cores", "run_batch"]

Task = Callable[[Any, Any], Any]
"""A module's function of (what is shared, one point)."""

_Stream = Generator[tuple[int, Any], None, None]
IN_PROCESS = "in-process"
"""As `executor`: no processes at all."""
CHUNK_AT_MOST = 8
"""Small enough that a stop is quick, large enough that sending costs nothing."""
CHUNKS_PER_WORKER = 8
POLL_S = 0.2
"""How often a Cancel button is looked at."""


def cores() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run_batch(
    task: Task,
    shared: Any,
    points: Sequence[Any],
    name_of: Callable[[Any], str],
    executor: Any,
    progress: Progress,
) -> list[Any]:
    """Return ``task(shared, point)`` of every point, in the order of the points; None where it was not run.

    Parameters
    ----------
    task : callable
        A function that other processes can import.
    shared : object
        What is the same for all points; pickled.
    points : sequence
        Small picklable things.
    name_of : callable
        What to call a point in an error.
    executor : Executor, Dask client, "in-process" or None
        None: a pool of processes of our own, one per core.
    progress : Progress
        Told of every step; asked whether to stop.

    Raises
    ------
    ScenarioError
        A point could not be run; the message names it.
    """
    results: list[Any] = [None] * len(points)
    try:
        with closing(_results(task, shared, points, executor, progress)) as finished:
            for done, (index, result) in enumerate(finished, 1):
                if isinstance(result, _Failure):
                    raise ScenarioError(f"{name_of(points[index])}: {result.words}")
                results[index] = result
                progress.step(done)
                if progress.stopped:
                    break
    except KeyboardInterrupt:
        pass  # what is done is the answer; the caller sees by the Nones that it is not complete
    finally:
        progress.close()
    return results


class _Failure:
    """What a worker sends back instead of a result."""

    def __init__(self, words: str) -> None:
        self.words = words


def _results(task: Task, shared: Any, points: Sequence[Any], executor: Any, progress: Progress) -> _Stream:
    if executor == IN_PROCESS or (executor is None and (cores() == 1 or len(points) < 2)):
        return _here(task, shared, list(enumerate(points)))
    if executor is None:
        return _own(task, shared, points, progress)
    return _foreign(executor, task, shared, points, progress)


def _foreign(executor: Any, task: Task, shared: Any, points: Sequence[Any], progress: Progress) -> _Stream:
    pool = executor.get_executor() if hasattr(executor, "get_executor") else executor
    if not hasattr(pool, "submit"):
        raise ScenarioError(f"executor is a concurrent.futures executor or a Dask client, not {executor!r}")
    try:
        work = pickle.dumps((task, shared))
        workers = int(getattr(pool, "_max_workers", 0)) or cores()
        yield from _there(pool, workers, work, points, progress)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        words = f"cannot be sent to another process: {error}; write the measure as a function of a module"
        raise ScenarioError(words) from None
    except RuntimeError as error:  # shut down, or broken on the way
        raise ScenarioError(f"the executor takes no more work: {error}") from None


def _own(task: Task, shared: Any, points: Sequence[Any], progress: Progress) -> _Stream:
    """Use processes of our own; where there can be none, say so and do it here."""
    # A forked worker knows what a notebook's cells have defined, and needs no guard in a script.
    forked = sys.platform == "linux"
    left = dict(enumerate(points))
    key = id(left)
    try:
        from concurrent.futures import ProcessPoolExecutor

        work: bytes | int = key if forked else pickle.dumps((task, shared))
        _INHERITED[key] = task, shared
        workers = min(cores(), len(points))
        context = multiprocessing.get_context("fork") if forked else None
        with ProcessPoolExecutor(workers, context, _deaf_to_interrupts) as pool:
            for index, result in _there(pool, workers, work, points, progress):
                del left[index]
                yield index, result
    except (BrokenExecutor, OSError, ImportError, pickle.PicklingError, AttributeError, TypeError) as error:
        progress.say(f"no helping processes, therefore slower: {' '.join(str(error).split())}")
        yield from _here(task, shared, list(left.items()))
    finally:
        _INHERITED.pop(key, None)


def _here(task: Task, shared: Any, points: list[tuple[int, Any]]) -> _Stream:
    for index, point in points:
        yield index, _outcome(task, shared, point)


def _outcome(task: Task, shared: Any, point: Any) -> Any:
    try:
        return task(shared, point)
    except IpsecEduError as error:
        return _Failure(str(error))
    except Exception as error:  # somebody's own measure: its point must be named, whatever it raised
        return _Failure(f"{type(error).__name__}: {error}")


def _deaf_to_interrupts() -> None:
    """Ctrl-C goes to all processes of a terminal; only the first is to answer it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _there(pool: Any, workers: int, work: bytes | int, points: Sequence[Any], progress: Progress) -> _Stream:
    """Yield results as they come in; whatever ends this, what has not begun is cancelled."""
    size = max(1, min(CHUNK_AT_MOST, len(points) // (workers * CHUNKS_PER_WORKER)))
    ready: queue.SimpleQueue[tuple[int, Any]] = queue.SimpleQueue()
    futures = []
    try:
        for start in range(0, len(points), size):
            future = pool.submit(_chunk, work, list(points[start : start + size]))
            future.add_done_callback(lambda done, start=start: ready.put((start, done)))
            futures.append(future)
        for _ in futures:
            start, done = _next(ready, progress)
            if done is None:
                return
            yield from enumerate(_results_of(done), start)
    finally:
        for future in futures:
            future.cancel()


def _results_of(done: Any) -> list[Any]:
    try:
        return list(done.result())
    except BrokenExecutor:
        raise
    except Exception as error:  # a result that cannot travel, a machine that is gone
        return [_Failure(f"{type(error).__name__}: {error}")]


def _next(ready: queue.SimpleQueue[tuple[int, Any]], progress: Progress) -> tuple[int, Any]:
    while not progress.stopped:
        try:
            return ready.get(timeout=POLL_S)
        except queue.Empty:
            continue
    return 0, None


_INHERITED: dict[int, tuple[Task, Any]] = {}
"""What forked workers find in the memory that they were born with."""


@lru_cache(maxsize=4)
def _unpacked(work: bytes) -> tuple[Task, Any]:
    task, shared = pickle.loads(work)
    return task, shared


def _chunk(work: bytes | int, points: list[Any]) -> list[Any]:
    """Run a few points in a worker."""
    task, shared = _INHERITED[work] if isinstance(work, int) else _unpacked(work)
    return [_outcome(task, shared, point) for point in points]
