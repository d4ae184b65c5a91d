"""A project's folder in, its last commit as one archive out, with its label and what is not in it."""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from portability.errors import Refused, Unfinished, UsageError
from portability.model import Skipped
from portability.system import git

SHOWN = 10
"""How many uncommitted files an error names."""
_POINTER = b"version https://git-lfs.github.com/spec/"


@dataclass(frozen=True, slots=True)
class Bundle:
    """A commit as a tar archive: what is deployed, and what was left out of it.

    `digest` is the sha256 of the archive in hex, `prefix` what its paths begin with, `label` names the
    release: the environment, the commit's first 12 digits and the digest's first 8. `skipped` holds what
    the commit or the folder has and the archive has not, or has not as it is used.
    """

    file: Path
    label: str
    commit: str
    digest: str
    prefix: str = ""
    skipped: tuple[Skipped, ...] = ()


def pack(root: Path, environment: str, file: Path, allow_dirty: bool = False) -> Bundle:
    """Writes the last commit of the project at `root` to `file`, which is replaced.

    Refused where files differ from it or are not in it, for they would not be deployed; with
    `allow_dirty` they are left out, which `skipped` says. UsageError without a commit.
    """
    repository = git.find(root)
    if isinstance(repository, git.NoRepository):
        hint = "only a commit of git can be deployed: git init, then commit the project"
        raise UsageError(f"there is no commit to deploy: {repository.reason}", str(root), hint)
    commit = repository.head()
    if commit is None:
        raise UsageError("there is no commit to deploy: nothing was committed yet", str(root))
    dirty = repository.dirty()
    if dirty and not allow_dirty:
        raise _uncommitted(root, dirty, repository.tracked_but_ignored())
    repository.archive(commit, file)
    digest = _digest(file)
    label = f"{environment}-{commit[:12]}-{digest[:8]}"
    skipped = [Skipped(one.path, _why(one)) for one in dirty]
    with opened(file) as archive:
        skipped += _left_out(repository, commit, archive)
    return Bundle(file, label, commit, digest, repository.prefix, tuple(skipped))


@contextmanager
def opened(file: Path) -> Iterator[tarfile.TarFile]:
    """An archive to read from; Unfinished where it is damaged."""
    try:
        with tarfile.open(file, "r:", encoding="utf-8", errors="surrogateescape") as archive:
            yield archive
    except tarfile.TarError as error:
        raise Unfinished(f"the archive is damaged: {error}", where=str(file)) from None


def _uncommitted(root: Path, dirty: Sequence[git.Dirty], ignored: Sequence[str]) -> Refused:
    names = [f"{one.path} (not in git)" if one.untracked else one.path for one in dirty[:SHOWN]]
    more = f" and {len(dirty) - SHOWN} more" if len(dirty) > SHOWN else ""
    files = "a file is" if len(dirty) == 1 else f"{len(dirty)} files are"
    hint = "commit them, or let git ignore them; --allow-dirty deploys the last commit as it is"
    rendered = sorted({one.path for one in dirty} & set(ignored))
    if rendered:
        listed = ", ".join(rendered[:SHOWN])
        hint = f"git rm --cached what .gitignore names, for it is rendered: {listed}; {hint}"
    message = f"{files} not committed, and would not be deployed: {', '.join(names)}{more}"
    return Refused(message, str(root), hint)


def _why(dirty: git.Dirty) -> str:
    return (
        "it is not in git"
        if dirty.untracked
        else "its changes are not committed: the last commit's is deployed"
    )


def _left_out(repository: git.Repository, commit: str, archive: tarfile.TarFile) -> Iterator[Skipped]:
    """What the commit holds and the archive does not: other repositories, and what is not exported."""
    members = {member.name: member for member in archive}
    for listed in repository.listed(commit):
        member = members.get(repository.prefix + listed.path)
        if listed.submodule:
            yield Skipped(listed.path, "it is a submodule: its files are in another repository")
        elif member is None:
            yield Skipped(listed.path, "it is marked export-ignore in .gitattributes")
        elif member.isreg() and member.size < 1024 and _is_pointer(archive, member):
            yield Skipped(listed.path, "it is kept in Git LFS, and only the pointer to it is deployed")


def _is_pointer(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bool:
    stream = archive.extractfile(member)
    return stream is not None and stream.read(len(_POINTER)) == _POINTER


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
