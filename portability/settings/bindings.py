"""An environment's binding in, whether this is its machine and its account out; what can't be told is a no.

Code that loads its values looks at the host's name and at the marker, both without the network. The
account is asked for when values are rendered, stored or checked, since that takes a call.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from portability.errors import PortabilityError, UsageError
from portability.settings.project import EnvironmentSettings, Settings
from portability.system import aws

LONGEST = 256
"""Bytes of a marker that are looked at, here and by the code."""


@dataclass(frozen=True, slots=True)
class Bound:
    """What rendered values say of their machine: a glob of its name, its marker, that file's first line."""

    host: str = ""
    marker: str = ""
    holds: str = ""


def bound(environment: EnvironmentSettings) -> Bound:
    """What the values of `environment` are to be bound to, when they are rendered on this machine.

    UsageError where they are bound to what this machine's marker holds, and that can't be read.
    """
    binding = environment.binding
    host = binding.host or ""
    if binding.marker is None:
        return Bound(host)
    holds = binding.marker.holds if binding.marker.holds is not None else line(binding.marker.file)
    if not holds:
        raise UsageError(
            f"{environment.name} is bound to what {binding.marker.file} holds, and there is nothing to read",
            hint="name a file that each machine has, such as /sys/class/dmi/id/board_asset_tag",
        )
    return Bound(host, binding.marker.file, holds)


def line(file: str) -> str:
    """The first line of a marker, without spaces around it; '' where it can't be read."""
    try:
        with Path(file).open("rb") as stream:
            first = stream.read(LONGEST).split(b"\n")[0].strip()
    except OSError:
        return ""
    text = first.decode("utf-8", "replace")
    return text if text.isprintable() else ""


def refuse_other_account(settings: Settings, name: str) -> None:
    """Refused where the credentials here are of another account than the environment's; see aws."""
    wanted = settings.environment(name).binding.account
    if wanted is not None:
        where = f"{settings.file.name}: environments.{name}.binding.account"
        aws.refuse_other_account(wanted, name, where, settings.region(name))


def other_machine(settings: Settings, name: str, here: str) -> list[str]:
    """Why values of the environment may not be used on this machine, called `here`; [] where they may."""
    wanted = settings.environment(name)
    binding = wanted.binding
    found = []
    if not wanted.is_for(here):
        found.append(f"{name} is for machines named {binding.host}, this is {here}: code stops here")
    if binding.marker is not None and not line(binding.marker.file):
        found.append(f"{name} is bound to {binding.marker.file}, which can't be read: code stops here")
    elif binding.marker is not None and binding.marker.holds not in (None, line(binding.marker.file)):
        found.append(f"{binding.marker.file} does not hold {binding.marker.holds}: code stops here")
    try:
        refuse_other_account(settings, name)
    except PortabilityError as error:
        found.append(error.message)
    return found
