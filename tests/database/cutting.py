"""A socket before a server's, which ends the connection where a client says a certain word."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def cut_at(behind: Path, word: bytes, passed_on: bool) -> Iterator[Path]:
    """The path of a socket that leads to another until `word` is sent; the server may still get it."""
    path = behind.with_suffix(".cut")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()
    threads: list[threading.Thread] = []

    def serve(near: socket.socket) -> None:
        with near, socket.socket(socket.AF_UNIX) as far:
            far.connect(str(behind))
            back = threading.Thread(target=_answers, args=(far, near))
            back.start()
            with suppress(OSError):
                while data := near.recv(65_536):
                    if word in data:
                        near.shutdown(socket.SHUT_RDWR)
                        if passed_on:
                            far.sendall(data)
                            far.shutdown(socket.SHUT_WR)
                        break
                    far.sendall(data)
            if not passed_on:
                far.shutdown(socket.SHUT_RDWR)
            back.join()

    def accept() -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                threads.append(threading.Thread(target=serve, args=(near,)))
                threads[-1].start()

    acceptor = threading.Thread(target=accept)
    acceptor.start()
    try:
        yield path
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        acceptor.join()
        for thread in threads:
            thread.join()
        path.unlink()


def _answers(far: socket.socket, near: socket.socket) -> None:
    """What the server says, until it ends the connection."""
    with suppress(OSError):
        while data := far.recv(65_536):
            with suppress(OSError):
                near.sendall(data)
