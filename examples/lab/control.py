"""One order a connection over a socket inside the lab: a line of JSON in, a line of JSON out."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from examples.lab.errors import LabError
from examples.stage.messages import StageUnavailable

SOCKET = Path("/run/lab/control")
Actions = Mapping[str, Callable[..., Any]]


def serve(actions: Actions, path: Path = SOCKET) -> None:
    """Answer from now on, each connection in a thread of its own."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen(64)

    def accept() -> None:
        while True:
            link, _ = listener.accept()
            threading.Thread(target=_converse, args=(link, actions), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()


def _converse(link: socket.socket, actions: Actions) -> None:
    with link, link.makefile("rwb") as file:
        line = file.readline()
        if line:
            try:
                file.write(json.dumps(obey(actions, line)).encode() + b"\n")
                file.flush()
            except OSError:
                return  # Whoever asked has gone.


def obey(actions: Actions, line: bytes) -> dict[str, Any]:
    """Do what one line asks for; whatever fails is told, not raised."""
    try:
        order = json.loads(line)
        return {"value": actions[order["action"]](**order["arguments"])}
    except (LabError, StageUnavailable) as unavailable:
        return {"failure": str(unavailable)}
    except OSError as failure:
        where = f": {failure.filename}" if failure.filename else ""
        return {"failure": f"{failure.strerror or failure}{where}"}
    except Exception as failure:
        return {"failure": f"{type(failure).__name__}: {failure}"}


def order(leader: int, action: str, arguments: Mapping[str, Any]) -> Any:
    """Ask the leader with a pid; LabError carries what went wrong in there, or says that it has ended."""
    return ask(Path(f"/proc/{leader}/root{SOCKET}"), action, arguments)


def ask(path: Path, action: str, arguments: Mapping[str, Any]) -> Any:
    """Ask whoever listens on a socket; a command inside the lab reaches the leader on SOCKET."""
    try:
        with socket.socket(socket.AF_UNIX) as link:
            link.connect(str(path))
            with link.makefile("rwb") as file:
                file.write(json.dumps({"action": action, "arguments": dict(arguments)}).encode() + b"\n")
                file.flush()
                answer = file.readline()
    except OSError as gone:
        raise LabError(f"the lab has ended ({gone.strerror})") from None
    if not answer:
        raise LabError("the lab ended while it was asked")
    told = json.loads(answer)
    if "failure" in told:
        raise LabError(told["failure"])
    return told["value"]
