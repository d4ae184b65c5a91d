"""A question in, its answer by PHP's command line out: for beacons and fingerprints, without a web server."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from portability.asking.identity import Ask, Outcome, Reply, request
from portability.errors import Unfinished
from portability.settings.parameters import Parameter
from portability.settings.replica import Address
from portability.system.processes import run

SCRIPT = Path(__file__).resolve().parents[1] / "_php" / "probe" / "seed.php"
TIMEOUT = 20.0


@dataclass(frozen=True, slots=True)
class CommandLine:
    """Asks the same code as is deployed, and the code that sets beacons, each time in a new process.

    Without `bootstrap` there are no keys: every parameter must be a text or a secret's reference. With
    it, the application's values are loaded, and must be those of `environment`. `root` is what files
    of secrets are relative to. `shared` are further namespaces whose values it reads, with their bootstraps.
    """

    php: str
    root: Path
    bootstrap: str = ""
    namespace: str = ""
    environment: str = ""
    shared: Mapping[str, str] = field(default_factory=dict)

    def ask(
        self,
        operation: str,
        service: str = "",
        parameters: Mapping[str, Parameter] | None = None,
        approved: Mapping[str, Sequence[Address]] | None = None,
        beacon: str | None = None,
    ) -> Reply:
        """The answer to one question; what goes wrong on the way is told in it."""
        asked = {
            "namespace": self.namespace,
            "bootstrap": self.bootstrap,
            "shared": dict(self.shared),
            "environment": self.environment,
            "root": str(self.root),
            "requests": [request(operation, service, parameters or {}, approved or {}, beacon)],
        }
        command = [self.php, "-d", "display_errors=stderr", "-d", "html_errors=0", str(SCRIPT)]
        try:
            done = run("PHP", command, self.root, os.environ, json.dumps(asked).encode(), TIMEOUT)
        except Unfinished as error:
            return Reply(Outcome.SILENT, problem=error.message)
        return self._read(done.output, done.first_line)

    def ask_many(self, asked: Sequence[Ask]) -> list[Reply]:
        """The answers to some questions, in their order, each from a process of its own, all at once."""
        with ThreadPoolExecutor(max(1, len(asked))) as pool:
            return list(pool.map(self._one, asked))

    def _one(self, asked: Ask) -> Reply:
        return self.ask(asked.operation, asked.service, asked.parameters, asked.approved, asked.beacon)

    def _read(self, output: bytes, first_line: str) -> Reply:
        try:
            told = json.loads(output.splitlines()[-1])
            environment, answers = str(told["environment"]), list(told["answers"])
        except (ValueError, LookupError, TypeError):
            return Reply(Outcome.BROKEN, problem=f"PHP gave no answer: {first_line}")
        if environment != self.environment:
            words = (
                f"the values here are those of {environment or 'no environment'}, not of {self.environment}"
            )
            return Reply(Outcome.ELSEWHERE, {"environment": environment}, words)
        facts = answers[0]
        return Reply(Outcome.ANSWERED, facts, milliseconds=float(facts.get("milliseconds", 0)))
