"""A function and chunks of work in, the results in order out, worked on by as many processes as help.

Workers are forks, so that what was prepared once (rules, compiled patterns) is theirs at no cost. What
starts them is imported when there is enough work for several.
"""

from __future__ import annotations

import gc
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any, TypeVar

from portability.errors import Unfinished

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

T = TypeVar("T")
R = TypeVar("R")
_PATIENCE = 2.0
"""Seconds after which an idle worker looks whether its parent is still there."""
_AGAIN = 0.5
"""Seconds after which `limited` says it again, should a library have caught it."""


class TookTooLong(Exception):
    """Raised inside `limited` once its seconds are over."""


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def each(
    work: Callable[[T], R], chunks: Sequence[T], processes: int, lasts: int = 0, gently: bool = False
) -> Iterator[R]:
    """`work` of each chunk, in their order; in this process where one is all that helps.

    A worker that was given `lasts` chunks (0: any number) is replaced by another: what it looked at of this
    process's memory it has copied. `gently` lets one that is stopped tidy up. Unfinished if a worker dies
    (killed for its memory, say). However this ends, by an error or by Ctrl-C, no worker outlives it.
    """
    if processes < 2 or len(chunks) < 2 or threading.active_count() > 1 or not _can_fork():
        yield from map(work, chunks)
        return
    workers: list[_Worker] = []
    try:
        for _ in range(min(processes, len(chunks))):
            workers.append(_Worker(work, gently))
        yield from _gathered(workers, chunks, lasts)
    finally:
        for worker in workers:
            worker.end()


def _can_fork() -> bool:
    from multiprocessing import get_all_start_methods

    return "fork" in get_all_start_methods()


def _gathered(workers: list[_Worker], chunks: Sequence[T], lasts: int) -> Iterator[Any]:
    """The results in order: each worker gets its next chunk as soon as it is done with one."""
    from multiprocessing.connection import wait

    ready: dict[int, Any] = {}
    waiting = iter(enumerate(chunks))
    for worker in workers:
        worker.give(next(waiting, None))
    for index in range(len(chunks)):
        while index not in ready:
            at_work = {worker.pipe: worker for worker in workers if worker.index is not None}
            for pipe in wait(list(at_work)):
                worker = at_work[pipe]  # type: ignore[index]
                done, result = worker.take()
                ready[done] = result
                chunk = next(waiting, None)
                if chunk is not None and worker.given == lasts:
                    workers.remove(worker)
                    worker = worker.renewed()
                    workers.append(worker)
                worker.give(chunk)
        yield ready.pop(index)


class _Worker:
    """One process, and the pipe to it."""

    def __init__(self, work: Callable[[Any], Any], gently: bool) -> None:
        from multiprocessing import get_context

        context = get_context("fork")
        self.pipe, inner = context.Pipe()
        self.index: int | None = None
        self.given = 0
        self._made_of = work, gently
        self.process = context.Process(target=_serve, args=(work, inner, os.getpid(), gently), daemon=True)
        with _uninterrupted():
            self.process.start()
        inner.close()

    def give(self, chunk: tuple[int, Any] | None) -> None:
        """Sends it a numbered chunk; None leaves it idle."""
        self.index = chunk[0] if chunk else None
        if chunk:
            self.given += 1
            try:
                self.pipe.send(chunk[1])
            except OSError:
                raise self._broken() from None

    def take(self) -> tuple[int, Any]:
        """The number and the result of the chunk it was given."""
        try:
            worked, result = self.pipe.recv()
        except (EOFError, OSError):
            raise self._broken() from None
        if not worked:
            raise result
        assert self.index is not None
        return self.index, result

    def renewed(self) -> _Worker:
        """Another in its place, which knows what this process knows by now."""
        self.end()
        return _Worker(*self._made_of)

    def end(self) -> None:
        """Ends the process, whatever it is doing, and waits until it is gone."""
        if self._made_of[1]:
            self.process.terminate()
            self.process.join(_PATIENCE)
        self.process.kill()
        self.process.join()
        self.pipe.close()

    def _broken(self) -> Unfinished:
        self.process.join(_PATIENCE)
        code = self.process.exitcode or 0
        how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
        return Unfinished(
            f"one of the processes at work ended {how}", hint="is there enough memory? try again"
        )


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Keeps Ctrl-C waiting: a fork begins with what is kept waiting in its parent."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(work: Callable[[Any], Any], pipe: Connection, parent: int, gently: bool) -> None:
    """A worker's life: chunk by chunk, until the parent is gone. Ctrl-C is the parent's to handle.

    The collector leaves alone what came from the parent: to walk over it would copy all of it.
    """
    gc.freeze()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if gently:
        signal.signal(signal.SIGTERM, _leave)
    while True:
        while not pipe.poll(_PATIENCE):
            if os.getppid() != parent:
                return
        try:
            chunk = pipe.recv()
            try:
                answer = (True, work(chunk))
            except Exception as error:
                answer = (False, error)
            pipe.send(answer)
        except (EOFError, OSError):
            return


def _leave(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit


def _over(_signal: int, _frame: FrameType | None) -> None:
    raise TookTooLong


@contextmanager
def timed() -> Iterator[None]:
    """Makes every `limited` in the body cheap, where there are many; in a main thread only."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGPROF, _over)
    _timed.append(True)
    try:
        yield
    finally:
        _timed.pop()
        signal.signal(signal.SIGPROF, before)


_timed: list[bool] = []


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raises TookTooLong in the body once it took so many seconds of the processor; in a main thread only."""
    if threading.current_thread() is not threading.main_thread():
        yield
    elif not _timed:
        with timed(), limited(seconds):
            yield
    else:
        signal.setitimer(signal.ITIMER_PROF, seconds, _AGAIN)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
