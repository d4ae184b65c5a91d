"""A folder in, a guardian over it out: what is begun there is taken back, unless it is said to be settled.

    with guarding(folder) as guardian:
        number = guardian.add(Remove(...))     # before the deed
        ...
        guardian.withdraw(number)              # it may stay

The steps are kept twice: by the caretaker, a process of its own that carries them out when this one ends
however it ends, and on the disk, in `<folder>/.portability/undo.jsonl`, for the case that both are killed
or the machine is: then the next guardian of the folder begins with them. A lock in the same place lets
one run at a time into the folder, and outlasts a killed run until its caretaker is done.
"""

from __future__ import annotations

import fcntl
import json
import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import portability
from portability.delivery import caretaker, undoing
from portability.delivery.undoing import Failure, Step
from portability.errors import Interrupted, PortabilityError, Refused, Unfinished, UsageError
from portability.system.files import write_atomic
from portability.system.processes import Companion

FOLDER = ".portability"
"""What the guardian keeps in a folder: its lock, its record, and the log of what it could not take back."""

_MEND = "mend that by hand or with more rights, then run this again"
_START = """\
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from portability.delivery.caretaker import main
main(Path(sys.argv[2]))
"""
_RECORD_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW


@dataclass(frozen=True, slots=True)
class Kept:
    """A file of the guardian's, and the number of the step that removes it."""

    path: Path
    number: int


class Guardian:
    """The steps that take back what was begun, newest first, and the caretaker that will.

    `notes` says what of an earlier run was found and taken back, and what litter could not be removed.
    """

    def __init__(self, folder: Path, home: Path, lock: int) -> None:
        """Over `folder`, with its files in `home` and its open lock `lock`, which the caretaker holds too."""
        self.folder = folder
        self.notes: list[str] = []
        self._home = home
        self._steps: dict[int, Step] = {}
        self._last = 0
        self._record = os.open(home / caretaker.RECORD, _RECORD_FLAGS, 0o600)
        self._companion = Companion("the guardian", _words(home), lock)
        _sign(lock, self._companion.pid)

    @property
    def pid(self) -> int:
        """The caretaker's process id."""
        return self._companion.pid

    def add(self, *steps: Step) -> list[int]:
        """Registers steps before the deeds that they take back; the numbers by which they are withdrawn.

        Unfinished, and then the deed must not be done, where it can't be recorded or heard.
        """
        numbers = []
        for step in steps:
            self._last += 1
            self._tell(undoing.to_line(self._last, step))
            self._steps[self._last] = step
            numbers.append(self._last)
        return numbers

    def withdraw(self, numbers: Iterable[int]) -> None:
        """Takes steps off the list, all at once: what they would have taken back stays."""
        dropped = [number for number in numbers if number in self._steps]
        if dropped:
            self._tell(undoing.dropping(dropped))
        for number in dropped:
            del self._steps[number]

    def undo(self, numbers: Iterable[int]) -> list[Failure]:
        """Carries steps out here and now, the newest first; what could not be taken back."""
        chosen = {number: self._steps[number] for number in numbers if number in self._steps}
        done = set(chosen)
        failures = undoing.carry_out(chosen)
        self.withdraw(done - set(chosen))
        return failures

    @contextmanager
    def group(self) -> Iterator[Callable[[int], None]]:
        """Something to be told the leader of each process group that is not to outlive this block."""
        numbers: list[int] = []
        yield lambda leader: numbers.extend(self.add(undoing.group_of(leader)))
        self.withdraw(numbers)

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A folder for what is needed in this block alone; it goes with the block, or with this run."""
        folder = self._home / "scratch"
        numbers = self.add(undoing.Clear(str(folder), str(self._home)))
        try:
            _make_folder(folder, str(self.folder))
            yield folder
        finally:
            self.undo(numbers)

    def keep(self, name: str, data: bytes) -> Kept:
        """Puts a file that only its owner can read beside the record; undoing its number removes it."""
        file = self._home / name
        numbers = self.add(undoing.Remove(str(file), str(self._home)))
        write_atomic(file, data, 0o600)
        return Kept(file, numbers[0])

    def register(self, leader: int) -> None:
        """Lets the process group that `leader` leads end with this run at the latest."""
        self.add(undoing.group_of(leader))

    def close(self) -> list[Failure]:
        """Has every step that is left carried out, and waits for it; what could not be taken back.

        Where the caretaker is gone, this process does what is left itself.
        """
        seconds = sum(step.seconds for step in self._steps.values()) + 2 * caretaker.MARGIN
        done = self._companion.leave(seconds)
        os.close(self._record)
        with suppress(ValueError, TypeError):
            return [Failure(**said) for said in json.loads(done.output)]
        failures = undoing.carry_out(self._steps)
        caretaker.remember(self._home, self._steps)
        return failures

    def _tell(self, line: bytes) -> None:
        """To the disk, then to the caretaker."""
        length = os.fstat(self._record).st_size
        try:
            if os.write(self._record, line) == len(line):
                os.fsync(self._record)
                self._companion.tell(line)
                return
            reason = "no space left on device"
        except OSError as error:
            reason = (error.strerror or "unknown reason").lower()
        os.ftruncate(self._record, length)
        raise Unfinished(f"what is to be undone can't be recorded: {reason}", where=str(self._home))


@contextmanager
def guarding(folder: Path, make: bool = False) -> Iterator[Guardian]:
    """A guardian over `folder`; at the end of the block all that was not withdrawn is taken back.

    `make`: the folder is made if need be, for it holds nothing but what the guardian notes.

    Refused where another run is at work on the folder. Unfinished where the folder can't be written, and
    where something could not be taken back, of this run or of one that was killed with its caretaker.
    """
    if make:
        _make_state(folder)
    home = _make_home(folder)
    handle = _lock(home)
    try:
        notes = _recover(home)
        guardian = Guardian(folder, home, handle)
        guardian.notes += notes
        try:
            yield guardian
        except BaseException as error:
            before = f"{error.message}; " if isinstance(error, PortabilityError) else ""
            _told(guardian, _closed(guardian), before)
            raise
        _told(guardian, _closed(guardian))
    finally:
        os.close(handle)


def _closed(guardian: Guardian) -> list[Failure]:
    """What could not be taken back; Interrupted where somebody doesn't wait for it, which stops nothing."""
    try:
        return guardian.close()
    except KeyboardInterrupt:
        words = f"interrupted; process {guardian.pid} still takes back what was begun"
        raise Interrupted(words, str(guardian.folder), "give it some seconds") from None


def _told(guardian: Guardian, failures: list[Failure], before: str = "") -> None:
    """Notes litter; Unfinished for anything worse."""
    guardian.notes += [str(failure) for failure in failures if not failure.grave]
    grave = "; ".join(str(failure) for failure in failures if failure.grave)
    if grave:
        raise Unfinished(f"{before}the target is not as it was: {grave}", str(guardian.folder), _MEND)


def _recover(home: Path) -> list[str]:
    """Takes back what a run left whose caretaker was killed too, and says so."""
    for half_written in home.glob("*.new"):
        half_written.unlink(missing_ok=True)
    record = home / caretaker.RECORD
    steps: dict[int, Step] = {}
    with suppress(FileNotFoundError), record.open("rb") as lines:
        for line in lines:
            undoing.take(line, steps)
    if not steps:
        return []
    notes = [
        f"taken back, of a run that was killed: {step}" for _, step in sorted(steps.items(), reverse=True)
    ]
    failures = undoing.carry_out(steps)
    caretaker.remember(home, steps)
    if steps:
        words = "; ".join(map(str, failures))
        raise Unfinished(f"a run that was killed can't be taken back: {words}", str(home.parent), _MEND)
    return notes + [str(failure) for failure in failures]


def _lock(home: Path) -> int:
    """The lock, open and taken; Refused names the run that has it."""
    where = str(home.parent)
    try:
        handle = os.open(home / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise _unwritable(where, error) from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = _Holder.read(handle)
        os.close(handle)
        raise Refused(*holder.refusal(where)) from None
    except OSError as error:
        os.close(handle)
        raise _unwritable(where, error) from None
    return handle


def _make_state(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(str(folder), error) from None


def _make_folder(folder: Path, where: str) -> None:
    try:
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise _unwritable(where, error) from None


def _unwritable(where: str, error: OSError) -> Unfinished:
    reason = (error.strerror or "unknown reason").lower()
    return Unfinished(f"the folder to deploy to can't be written: {reason}", where)


def _make_home(folder: Path) -> Path:
    """The folder for the guardian's files; nobody else may have made it, for commands are run from there."""
    home = folder / FOLDER
    try:
        home.mkdir(mode=0o700, exist_ok=True)
        status = home.lstat()
    except FileNotFoundError:
        raise UsageError("there is no such folder to deploy to", str(folder), f"mkdir -p {folder}") from None
    except OSError as error:
        raise _unwritable(str(folder), error) from None
    if not stat.S_ISDIR(status.st_mode) or status.st_mode & 0o077 or status.st_uid != os.geteuid():
        raise Refused(
            "this folder was not made by this user's portability",
            where=str(home),
            hint="move it away; it must belong to you alone (mode 0700)",
        )
    return home


@dataclass(frozen=True, slots=True)
class _Holder:
    """What a lock says of the run that has it: its process, when that was born, and its caretaker's."""

    process: int = 0
    born: int = -1
    caretaker: int = 0

    @classmethod
    def read(cls, handle: int) -> _Holder:
        with suppress(ValueError, TypeError):
            return cls(**json.loads(os.pread(handle, 1000, 0)))
        return cls()

    def refusal(self, where: str) -> tuple[str, str, str]:
        """Message, place and hint."""
        if not self.process or undoing.born(self.process) == self.born:
            who = f" (process {self.process})" if self.process else ""
            return f"another run is at work on this target{who}", where, "wait for its end"
        words = f"a run that was killed (process {self.process}) is still being taken back"
        return f"{words} (process {self.caretaker})", where, "try again in some seconds"


def _sign(handle: int, companion: int) -> None:
    holder = _Holder(os.getpid(), undoing.born(os.getpid()), companion)
    os.ftruncate(handle, 0)
    os.pwrite(handle, json.dumps(asdict(holder)).encode("ascii"), 0)


def _words(home: Path) -> list[str]:
    """The command of a caretaker: this very portability, whatever the environment, which stays as it is."""
    ours = str(Path(portability.__file__).resolve().parents[1])
    return [sys.executable, "-P", "-c", _START, ours, str(home)]
