"""`portability fingerprint`: asks production's services, on purpose and read-only, what tells them apart."""

from __future__ import annotations

from datetime import date

from portability.asking.identity import Outcome
from portability.console import Console, one_line
from portability.errors import ExitCode, NothingExamined, Refused, UsageError
from portability.probes import CommandLine
from portability.proving.php import Php
from portability.settings.project import PRODUCTION, Settings
from portability.system.files import write_atomic
from portability.verification import fingerprint
from portability.verification.fingerprint import Fingerprint


def called(console: Console, name: str, application: str, yes: bool) -> int:
    """What the command line asks for; the exit code."""
    return run(console, name, yes, application)


def run(console: Console, name: str, yes: bool, application: str = "") -> int:
    """Says what it will do, asks, and writes the marks; 5 where a service told none."""
    if name != PRODUCTION:
        hint = "run it on a machine of production: portability fingerprint --env production"
        raise UsageError(
            f"{one_line(name)} needs no fingerprint: only production's is compared with", hint=hint
        )
    whole = console.settings()
    settings = whole.of(application)
    asker = _command_line(settings, whole)
    _announce(console, settings)
    if not yes and console.ask("Connect to production's services?", {"y": "yes", "n": "no"}, "--yes") != "y":
        raise Refused("nothing was asked, nothing was written")
    _check(asker)
    found = fingerprint.take(asker, settings, date.today())
    return _tell(console, settings, found)


def _command_line(settings: Settings, whole: Settings) -> CommandLine:
    if not any(probe.service in fingerprint.ASKED for probe in settings.verifying.probes):
        hint = "name the application's services under probes"
        raise NothingExamined("there is no service to ask", str(settings.file), hint)
    bootstrap = settings.values_folder / "bootstrap.php"
    if not bootstrap.is_file():
        hint = "run portability apply and render first, or run it where the code runs"
        raise NothingExamined("the application has no values here", str(bootstrap), hint)
    php = Php.find(settings.php.binary)
    common = whole.values_folder / "bootstrap.php"
    shared = {whole.namespace: str(common)} if settings.application and common.is_file() else {}
    return CommandLine(php.binary, settings.root, str(bootstrap), settings.namespace, PRODUCTION, shared)


def _announce(console: Console, settings: Settings) -> None:
    console.say("This connects to production's services with the application's own values, and only reads:")
    for probe in settings.verifying.probes:
        if probe.service in fingerprint.ASKED:
            console.say(f"  {one_line(probe.name)} ({probe.service}): {_READS[probe.service]}")
    console.say("PHP's command line is used: its php.ini and environment may differ from the web server's.")


_READS = {
    "mysql": "SHOW GLOBAL VARIABLES, SHOW REPLICA STATUS",
    "redis": "INFO, CLIENT INFO",
    "rabbitmq": "its greeting, a login, no queue",
    "s3": "HeadBucket, GetCallerIdentity",
    "sqs": "GetQueueAttributes, GetCallerIdentity",
    "sns": "GetTopicAttributes, GetCallerIdentity",
    "smtp": "its greeting and EHLO, no mail",
}


def _check(asker: CommandLine) -> None:
    """Refuses to go on where the values are not production's."""
    told = asker.ask("ping")
    if told.outcome is Outcome.ELSEWHERE:
        raise Refused(told.problem, asker.bootstrap, "a fingerprint is taken on a machine of production")
    if told.outcome is not Outcome.ANSWERED:
        raise Refused(f"the application's values could not be loaded: {told.problem}", asker.bootstrap)


def _tell(console: Console, settings: Settings, found: Fingerprint) -> int:
    for name, server in found.servers.items():
        marks = ", ".join(f"{mark} {value}" for mark, value in sorted(server.marks.items()))
        console.out(f"{one_line(name)}  {server.service}  {one_line(marks)}")
    for skipped in found.skipped:
        console.out(f"{one_line(skipped.what)}  nothing: {one_line(skipped.reason)}")
    if found.servers:
        path = fingerprint.path_of(settings)
        write_atomic(path, fingerprint.dump(found))
        console.say(f"written to {path}; it holds no secret and belongs in version control")
    counts = f"{len(found.servers)} servers told their marks, {len(found.skipped)} did not"
    console.out(counts)
    return ExitCode.UNFINISHED if found.skipped or not found.servers else ExitCode.OK
