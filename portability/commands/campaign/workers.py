"""`portability campaign workers`: what other machines need to make load, written or deployed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from portability.campaign import bundle, driving, generator, machines, reach
from portability.console import Console
from portability.errors import ExitCode, UsageError
from portability.system.files import write_atomic


@dataclass(frozen=True, slots=True)
class Options:
    """What the call says."""

    name: str
    application: str = ""
    scenario: Path | None = None
    output: Path | None = None
    target: str | None = None
    master_host: str = ""


def run(console: Console, options: Options) -> int:
    """Writes the zip, or deploys it; the exit code."""
    if bool(options.output) == bool(options.target):
        raise UsageError("say where it goes: -o FILE, or --target elastic_beanstalk", hint="one of the two")
    settings = console.settings()
    told = settings.campaign.machines
    file = machines.scenario_of(settings, options.scenario)
    address = machines.with_port(options.master_host) if options.master_host else ""
    address = address or (told.address if options.target else "")
    if options.target and not address:
        raise UsageError(
            "it is not said where workers find the master",
            told.where,
            "campaign.machines.address, or --master-host",
        )
    places = machines.places(told.url if options.target else "", address)
    allowed = reach.reach(settings, options.name, options.application, machines=places)
    key = machines.key_of(settings, allowed.values, needed=bool(options.target))
    packed = bundle.pack(file, allowed, generator.check(), key, address)
    if options.output is not None:
        data = packed.zip()
        write_atomic(options.output, data, 0o600)
        hosts = ", ".join(allowed.allow)
        console.out(f"{options.output}  {len(data):,} bytes, for {len(allowed.allow)} hosts: {hosts}")
        console.say(_held(bool(key)))
        return ExitCode.OK
    fleet = machines.Fleet(options.name, packed, key, address)
    labels = machines.deploy(settings, fleet, allowed.values, console.say)
    for role, label in labels.items():
        console.out(f"{role}  {label}")
    if told.url and told.workers:
        master = driving.Master(told.url, key, packed.digest, told.workers)
        with console.line() as line:
            driving.look(master, line, machines.STARTING)
        console.out(f"{told.url}  {told.workers} workers are there")
    console.say(f"portability campaign run --env {options.name} --master makes the load from there")
    return ExitCode.OK


def _held(sealed: bool) -> str:
    if sealed:
        return "the scenario's files are sealed in it: its machines need PORTABILITY_CAMPAIGN_KEY"
    return "it holds the scenario's files, test users too: treat it as they are treated"
