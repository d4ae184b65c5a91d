"""One call beside the others: a function in, its failure out when it is joined."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Background:
    """One call in a thread whose failure comes out in join()."""

    def __init__(self, call: Callable[[], None]) -> None:
        self._failure: BaseException | None = None
        self._call = call
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def _work(self) -> None:
        try:
            self._call()
        except BaseException as failure:
            self._failure = failure

    def join(self) -> None:
        self._thread.join()
        if self._failure is not None:
            raise self._failure
