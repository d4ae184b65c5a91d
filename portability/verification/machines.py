"""The settings' guard in, the replica's machines on AWS out: what asks each, what their account tells.

Without a guard in the settings every phase here is empty, and the one deployed application is asked by HTTP.
"""

from __future__ import annotations

import secrets as randomness
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from portability.asking.identity import Asks
from portability.asking.shipping import Pool
from portability.asking.territory import Territory
from portability.asking.verdicts import Area, Check, Result
from portability.guard.spans import Span
from portability.probes import CommandLine, RunCommand, probe_file
from portability.settings.watching import Commands, Watching
from portability.system.aws import Session
from portability.values import parts
from portability.verification import cloudguard
from portability.verification.cloudguard import Marks, Watch
from portability.verification.scene import Scene


@dataclass(frozen=True, slots=True)
class Machines:
    """What asks the deployed application, by machine ('' where there is but one), and what sets beacons.

    `remote`: beacons are set from a machine of the replica's, by a command whose text others may read.
    `session` asks the replica's account, where the settings name its regions.
    """

    askers: Mapping[str, Asks]
    seeder: Asks
    remote: bool = False
    watch: Watch | None = None
    settings: Watching | None = None
    territory: Territory = field(default_factory=Territory)
    session: Session | None = None

    def static(self) -> Iterator[Check]:
        """What the account's rules let leave the replica, and which machines can't be asked."""
        if self.watch is None:
            return
        yield from cloudguard.static(self.watch, self.territory)
        for instance in self.watch.instances:
            if instance not in self.askers:
                reason = "it was not asked: say run_command in the guard, so that every machine is"
                yield Check(Area.IDENTITY, instance, Result.INCONCLUSIVE, reason=reason)

    def mark(self) -> tuple[Marks, ...]:
        """Has every machine send what shows up to when the logs are whole."""
        if self.watch is None or self.settings is None:
            return ()
        own = {name: asker for name, asker in self.askers.items() if name}
        return (cloudguard.mark(self.watch, own, replace(self.territory, canary=self.settings.canary)),)

    def conclude(self, marks: Sequence[Marks], spans: Sequence[Span]) -> Iterator[Check]:
        """What the logs tell of the time between the marks; it waits for them."""
        if self.watch is None or self.settings is None or not marks:
            return
        yield from cloudguard.conclude(self.watch, marks, spans, self.territory, self.settings.wait)

    def strength(self) -> list[str]:
        """How far the account's logs carry the verdict, in sentences."""
        if self.watch is None:
            return []
        told = cloudguard.strength(self.watch)
        asked = len([name for name in self.askers if name])
        if self.remote:
            told.append(f"the php-fpm of {asked} machines was asked itself, by Run Command")
        return told


def found(scene: Scene, asker: Asks) -> Machines:
    """The machines of the scene's environment; `asker` asks the deployed application by HTTP."""
    settings, name = scene.settings, scene.options.environment
    line = CommandLine(settings.php.binary or "php", settings.root)
    wanted, cloud = settings.environment(name).watching, settings.environment(name).aws.cloud
    if not cloud.regions:
        return Machines({"": asker}, line)
    session = Session(f"the account of {name}", cloud.regions[0], cloud.profile)
    if wanted is None:
        return Machines({"": asker}, line, session=session)
    watch = cloudguard.look(session, wanted.tags)
    known = Machines({"": asker}, line, False, watch, wanted, scene.territory, session)
    if wanted.commands is None:
        here = _here(watch, (str(one) for site in scene.standing for one in site.addresses))
        return replace(known, askers={here: asker})
    if not watch.instances:
        return known
    ask = _Commanding(scene, session, wanted.commands)
    askers = {instance: ask.machine(instance) for instance in watch.instances}
    return replace(known, askers=askers, seeder=ask.machine(watch.instances[0], seeding=True), remote=True)


def _here(watch: Watch, addresses: Iterable[str]) -> str:
    """The machine that the sites stand on; '' where none has their address."""
    those = set(addresses)
    return next((one.instance for one in watch.interfaces if those & set(one.addresses)), "")


@dataclass(frozen=True, slots=True)
class _Commanding:
    """Asks machines by Run Command, with a key that nothing deployed has, for AWS keeps a command's text."""

    scene: Scene
    session: Session
    commands: Commands
    key: bytes = field(default_factory=lambda: randomness.token_bytes(32), repr=False)

    def machine(self, instance: str, seeding: bool = False) -> RunCommand:
        """What asks one machine; `seeding`: it can set beacons too."""
        settings, release = self.scene.settings, self.commands.current.rstrip("/")
        bootstrap = f"{release}/{settings.values}/{parts.BOOTSTRAP}"
        shared = parts.shared(self.scene.parts, release)
        file = probe_file(self.key, settings.namespace, bootstrap, release, shared, seeding)
        pool = Pool(self.commands.socket, self.commands.folder, self.commands.php)
        return RunCommand(self.session, instance, file, self.key, self.scene.options.environment, pool)
