"""This machine's /proc in, its processors, memory and the programs that use them out."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from portability.campaign.observers.sampling import Counter, Gauge, Kind, Reading
from portability.errors import Unfinished

PROGRAMS = {
    "apache2": "Apache",
    "httpd": "Apache",
    "nginx": "nginx",
    "php-fpm": "PHP-FPM",
    "mariadbd": "MariaDB",
    "mysqld": "MySQL",
    "redis-server": "Redis",
    "beam.smp": "RabbitMQ",
    "locust": "the generator",
}
"""The names of processes, or their beginnings, and the programs that are summed under one name."""


@dataclass(slots=True)
class Machine:
    """The machine that this runs on: with the replica on it, the replica."""

    name: str = "machine"
    proc: Path = Path("/proc")
    server: str = ""
    _used: dict[str, float] = field(default_factory=dict)
    _before: dict[str, float] = field(default_factory=dict)

    def shown(self) -> Mapping[str, Kind]:
        """What is read, and how it is shown; percents of programs are of one core."""
        per_core = 100.0 / os.sysconf("SC_CLK_TCK")
        cores = os.cpu_count() or 1
        found: dict[str, Kind] = {
            "busy": Counter("all", "CPU", "%", per_core / cores),
            "stolen": Counter("stolen", "CPU", "%", per_core / cores),
            "waiting": Counter("waiting for disks", "CPU", "%", per_core / cores),
            "memory": Gauge("memory in use", "Memory", "%"),
        }
        for name in sorted(self._used):
            found[name] = Counter(name, "CPU by program (% of a core)", "%", per_core)
        return found

    def read(self) -> Reading:
        """How it stands now, in clock ticks since the start of each."""
        try:
            head = (self.proc / "stat").read_text().split("\n", 1)[0].split()
            numbers = [float(one) for one in head[1:9]]
            lines = dict(line.split(":", 1) for line in (self.proc / "meminfo").read_text().splitlines())
            total, free = (float(lines[name].split()[0]) for name in ("MemTotal", "MemAvailable"))
        except (OSError, ValueError, KeyError, IndexError):
            raise Unfinished("/proc tells nothing here") from None
        told = {"busy": sum(numbers) - numbers[3] - numbers[4] - numbers[7], "waiting": numbers[4]}
        told |= {"stolen": numbers[7], "memory": 100 * (1 - free / total)}
        return {**told, **self._programs()}

    def _programs(self) -> dict[str, float]:
        """Ticks of each program since the first reading: a process that ends takes nothing away."""
        found: dict[str, float] = {}
        for folder in self.proc.iterdir():
            if not folder.name.isdigit():
                continue
            with suppress(OSError, ValueError, IndexError):
                text = (folder / "stat").read_text()
                name = _program(text[text.index("(") + 1 : text.rindex(")")])
                if name:
                    parts = text[text.rindex(")") + 2 :].split()
                    ticks = float(parts[11]) + float(parts[12])
                    found[folder.name] = ticks
                    grown = ticks - self._before.get(folder.name, 0.0 if self._before else ticks)
                    self._used[name] = self._used.get(name, 0.0) + max(grown, 0.0)
        self._before = found
        return dict(self._used)

    def close(self) -> None:
        """There is nothing to close."""


def _program(name: str) -> str:
    return next((shown for known, shown in PROGRAMS.items() if name.startswith(known)), "")
