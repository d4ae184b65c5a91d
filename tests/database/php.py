"""The real PHP, asked of one serialised value after the other whether it reads it, and writes it back."""

from __future__ import annotations

import subprocess
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager

_SCRIPT = r"""
enum Suit: string { case Hearts = 'h'; }
class Boxed implements Serializable {
    public $inner;
    public function serialize() { return serialize($this->inner); }
    public function unserialize($data) { $this->inner = unserialize($data); }
}
error_reporting(0);
while (($line = fgets(STDIN)) !== false) {
    $data = base64_decode(trim($line));
    $value = unserialize($data);
    $read = $value !== false || $data === 'b:0;';
    echo $read ? (serialize($value) === $data ? "same\n" : "read\n") : "broken\n";
}
"""


class Php:
    """A running interpreter."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def reads(self, data: bytes) -> str:
        """`same` where PHP reads the value and writes the same bytes, `read` where others, or `broken`."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(b64encode(data) + b"\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().decode().strip()


@contextmanager
def running() -> Iterator[Php]:
    command = ["php", "-n", "-d", "unserialize_max_depth=0", "-d", "display_errors=0", "-r", _SCRIPT]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield Php(process)
        assert process.stdin
        process.stdin.close()
