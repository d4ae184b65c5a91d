"""The name of a file in the cache folder in, what was kept there out: whole, and written by nobody else."""

import os
from hashlib import blake2b
from stat import S_ISREG

CHECK = 20
"""Bytes of a digest."""


def folder(what: str) -> str:
    """Where something is kept; '' where there is no place for it."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not base.startswith("/"):
        base = os.path.expanduser("~/.cache")
    return f"{base}/portability/{what}" if base.startswith("/") else ""


def made(what: str, root: str) -> str:
    """Where what is made of the rules is kept by a scan of the root; '' where nothing is to be."""
    place = "" if os.environ.get("PORTABILITY_NO_CACHE") else folder(what)
    return place if place and has_place(place, root) else ""


def has_place(place: str, root: str) -> bool:
    """Whether something may be kept in the folder: below what is this user's own, and outside of the root."""
    place = os.path.realpath(place)
    nearest = place
    while not os.path.exists(nearest):
        nearest = os.path.dirname(nearest)
    inside = os.path.commonpath([place, os.path.realpath(root)]) == os.path.realpath(root)
    return os.stat(nearest).st_uid == os.geteuid() and not inside


def packed(form: bytes, content: bytes) -> bytes:
    """The content as the bytes of a file that begins with its form."""
    return form + blake2b(content, digest_size=CHECK).digest() + content


def take(file: str, form: bytes) -> memoryview | None:
    """The content of such a file; None where it is not there, damaged, or others can write it."""
    try:
        if not is_private(os.lstat(os.path.dirname(file))):
            return None
        handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as stream:
            facts = os.fstat(handle)
            data = stream.read() if S_ISREG(facts.st_mode) and is_private(facts) else b""
    except OSError:
        return None
    content = memoryview(data)[len(form) + CHECK :]
    whole = data[: len(form) + CHECK] == form + blake2b(content, digest_size=CHECK).digest()
    return content if whole else None


def is_private(facts: os.stat_result) -> bool:
    """Whether a file or folder is this user's, and nobody else can write it."""
    return facts.st_uid == os.geteuid() and not facts.st_mode & 0o022
