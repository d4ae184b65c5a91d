"""A step in, what it undoes taken back; and steps to and from lines of JSON, so that another process can.

Every step may be carried out again, and after a stop in the middle: what is back already stays. None of
them touches what somebody else has made of a place in the meantime.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from portability.errors import PortabilityError, Refused, Unfinished

PATIENCE = 2.0
"""Seconds that a process has to end by itself before it is killed."""


@dataclass(frozen=True, slots=True)
class PointBack:
    """Lets the symbolic link `link` lead to `before` again, or removes it (None), if it leads to `ours`."""

    link: str
    before: str | None
    ours: str

    @property
    def seconds(self) -> float:
        return 1.0

    def __str__(self) -> str:
        return f"point {self.link} back to {self.before}" if self.before else f"remove {self.link}"

    def carry_out(self) -> None:
        """Switches at once: a reader sees the one or the other; Refused if somebody else has switched it."""
        try:
            now = os.readlink(self.link)  # noqa: PTH115 - a path's own text would be normalised
        except FileNotFoundError:
            now = None
        if now == self.before:
            return
        if now != self.ours:
            raise Refused("it leads elsewhere by now", where=self.link)
        switch(Path(self.link), self.before)


@dataclass(frozen=True, slots=True)
class Remove:
    """Removes a file or a link; nothing outside the folder `inside` is touched, and no link followed."""

    path: str
    inside: str

    @property
    def seconds(self) -> float:
        return 1.0

    def __str__(self) -> str:
        return f"remove {self.path}"

    def carry_out(self) -> None:
        """Removes it, if it is there; Refused where its way leads out."""
        with suppress(FileNotFoundError):
            _inside(self.path, self.inside).unlink()


@dataclass(frozen=True, slots=True)
class Clear:
    """Removes a whole folder in the folder `inside`, without following a link.

    What can't be removed, as where a server wrote files of its own into it, may lie there without harm.
    """

    path: str
    inside: str

    @property
    def seconds(self) -> float:
        return 300.0

    def __str__(self) -> str:
        return f"remove {self.path}"

    def carry_out(self) -> None:
        """Removes it, if it is there; Refused where its way leads out."""
        from shutil import rmtree  # noqa: PLC0415 - a good part of the caretaker's time to start

        place = _inside(self.path, self.inside)
        if place.is_symlink() or place.exists():
            rmtree(place, onerror=_unless_gone)


@dataclass(frozen=True, slots=True)
class EndGroup:
    """Ends the processes of a group.

    `born` (clock ticks since boot; -1: unknown), `boot` and `namespace` tell whether the number still
    means the same group.
    """

    group: int
    born: int
    boot: str
    namespace: str

    @property
    def seconds(self) -> float:
        return 3 * PATIENCE

    def __str__(self) -> str:
        return f"end process group {self.group}"

    def carry_out(self) -> None:
        """Asks the group to end, and kills what is left of it after PATIENCE."""
        if (self.boot, self.namespace) != _machine() or self._given_to_another():
            return
        for number in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(self.group, number)
            deadline = time.monotonic() + PATIENCE
            while living(self.group):
                if time.monotonic() > deadline:
                    break
                time.sleep(0.01)
            else:
                return
        raise Unfinished("it still runs")

    def _given_to_another(self) -> bool:
        now = born(self.group)
        return self.born >= 0 and now >= 0 and now != self.born


@dataclass(frozen=True, slots=True)
class Run:
    """Runs a command in `folder`, for at most `seconds`; `needed`: it must not fail; `said`: what it does."""

    command: tuple[str, ...]
    folder: str
    seconds: float
    needed: bool = True
    said: str = ""

    def __str__(self) -> str:
        return self.said or f"run {shown(self.command)}"

    def carry_out(self) -> None:
        """Runs it to its end; Unfinished with its exit code and its first line if that is not 0."""
        from portability.system.processes import command  # noqa: PLC0415 - half of the caretaker's time to start

        command(self.command, Path(self.folder), self.seconds)


Step = PointBack | Remove | Clear | EndGroup | Run
_KINDS: dict[str, type[PointBack | Remove | Clear | EndGroup | Run]] = {
    "point-back": PointBack,
    "remove": Remove,
    "clear": Clear,
    "end-group": EndGroup,
    "run": Run,
}


@dataclass(frozen=True, slots=True)
class Failure:
    """A step that could not be carried out, in words; one that is not `grave` left no more than litter."""

    text: str
    grave: bool

    def __str__(self) -> str:
        return self.text


def carry_out(steps: dict[int, Step]) -> list[Failure]:
    """Takes steps back, the newest first, and off the list; those that failed and must not be forgotten stay.

    A command that failed does not: to run it once more at another time helps nobody. Nor does litter.
    """
    failures = []
    for number, step in sorted(steps.items(), reverse=True):
        try:
            step.carry_out()
        except (PortabilityError, OSError) as error:
            words = error.message if isinstance(error, PortabilityError) else _reason(error)
            grave = step.needed if isinstance(step, Run) else not isinstance(step, Clear)
            failures.append(Failure(f"could not {step}: {words}", grave))
            if isinstance(step, Run | Clear):
                del steps[number]
        else:
            del steps[number]
    return failures


def _unless_gone(call: object, path: str, raised: tuple[type, BaseException, object]) -> None:
    """Goes on where somebody else has just removed a file: a server that still runs, its cache."""
    if not isinstance(raised[1], FileNotFoundError):
        raise raised[1]


def _reason(error: OSError) -> str:
    return (error.strerror or "unknown reason").lower()


def ours(module: str, *arguments: str) -> tuple[str, ...]:
    """The command that runs `main` of one of our modules, with this very portability and interpreter."""
    start = "import sys; sys.path.insert(0, sys.argv.pop(1)); name = sys.argv.pop(1); "
    start += "from importlib import import_module; sys.exit(import_module(name).main(sys.argv[1:]))"
    root = str(Path(__file__).resolve().parents[2])
    return (sys.executable, "-P", "-c", start, root, module, *arguments)


def shown(command: tuple[str, ...]) -> str:
    """A command as people write it; of one for a shell, what the shell is given."""
    return command[2] if command[:2] == ("/bin/sh", "-c") and len(command) == 3 else " ".join(command)


def group_of(leader: int) -> EndGroup:
    """The step that ends the group that the process `leader` leads now."""
    return EndGroup(leader, born(leader), *_machine())


def to_line(number: int, step: Step) -> bytes:
    """A step and its number as one line."""
    kind = next(name for name, made in _KINDS.items() if isinstance(step, made))
    return json.dumps({"number": number, "do": kind, **asdict(step)}).encode("ascii") + b"\n"


def dropping(numbers: list[int]) -> bytes:
    """One line that takes steps off the list, all or none."""
    return json.dumps({"drop": numbers}).encode("ascii") + b"\n"


def take(line: bytes, steps: dict[int, Step]) -> None:
    """Does to the list what a line says; one that a stop cut off says nothing."""
    if not line.endswith(b"\n"):
        return
    said = json.loads(line)
    if "drop" in said:
        for number in said["drop"]:
            steps.pop(number, None)
        return
    number, made = said.pop("number"), _KINDS[said.pop("do")]
    if "command" in said:
        said["command"] = tuple(said["command"])
    steps[number] = made(**said)


def switch(link: Path, target: str | None) -> None:
    """Lets a symbolic link lead to `target` by one rename, or removes it."""
    if target is None:
        link.unlink(missing_ok=True)
        return
    new = link.with_name(f".{link.name}.new")
    new.unlink(missing_ok=True)
    new.symlink_to(target)
    new.replace(link)


def _inside(path: str, inside: str) -> Path:
    """The place of `path`, its folders' links followed; Refused where that is not in the folder `inside`."""
    given = Path(path)
    parent = given.parent.resolve()
    if given.name in ("", "..") or not parent.is_relative_to(Path(inside).resolve()):
        raise Refused("it does not lie in the folder that it was made in", where=path)
    return parent / given.name


def _machine() -> tuple[str, str]:
    """What makes a process number mean something: this boot, and this namespace of processes."""
    boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    return boot, str(Path("/proc/self/ns/pid").readlink())


def _fields(process: int) -> list[str]:
    """What the kernel tells of a process, from its state on; [] if there is none, or it can't be told."""
    try:
        text = Path(f"/proc/{process}/stat").read_text("utf-8", "replace") if _proc_is_ours() else ""
    except (FileNotFoundError, ProcessLookupError):
        return []
    return text.rpartition(")")[2].split()


def _proc_is_ours() -> bool:
    """Whether /proc numbers processes as we do; in a namespace of processes it may be that of the outside."""
    return os.readlink("/proc/self") == str(os.getpid())  # noqa: PTH115 - a number, not a path


def born(process: int) -> int:
    """When a process was started, in clock ticks since boot; -1 if there is none."""
    fields = _fields(process)
    return int(fields[19]) if fields else -1


def living(group: int) -> bool:
    """Whether a process of the group still runs; one that only waits to be counted as ended does not."""
    if not _proc_is_ours():
        with suppress(ProcessLookupError):
            os.killpg(group, 0)
            return True
        return False
    for entry in os.listdir("/proc"):  # noqa: PTH208 - names are enough, and many
        if entry.isdigit():
            fields = _fields(int(entry))
            if fields and int(fields[2]) == group and fields[0] not in "ZX":
                return True
    return False
