"""The scanned project's `portability.yaml` in, checked Settings out; any doubt is an error with its line."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from portability.errors import UsageError
from portability.settings.accounts import CLOUD_KEYS, CloudSettings, cloud
from portability.settings.campaigns import Campaigning, campaigning
from portability.settings.cloned import CLONED_KEYS, Cloned, cloned
from portability.settings.fields import each, inside, path, read, text
from portability.settings.manifests import output_name, stack_name
from portability.settings.placement import (
    Application,
    Binding,
    SecretStore,
    account,
    applications,
    binding,
    namespace,
    secret_store,
    spoken,
)
from portability.settings.replica import (
    REPLICA_KEYS,
    VERIFYING_KEYS,
    Address,
    Network,
    Replica,
    Verifying,
    addresses,
    networks,
    replica,
    verifying,
)
from portability.settings.watching import GUARD_KEYS, Watching, watching
from portability.system.documents import Node, parse

FILE_NAME = "portability.yaml"
PRODUCTION = "production"


class OnMissing(StrEnum):
    """What code does on a machine where no environment is set."""

    FAIL = "fail"
    PRODUCTION = "production"


@dataclass(frozen=True, slots=True)
class Scan:
    """Which folders and files to look at (none: all) and which patterns, as in .gitignore, to leave out.

    `engine`: ask a secret scanner too. `apart`: only what others wrote or a tool made; a command's option,
    no setting.
    """

    paths: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    engine: bool = False
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Rules:
    """Folders of further rules, relative to the root or absolute, and the rules that are off."""

    extra: tuple[str, ...] = ()
    off: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Production:
    """How production is recognised: its hosts (names or globs), accounts (12 digits) and networks.

    `canary` are addresses in those networks that belong to no machine: the guard's own test.
    """

    hosts: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    networks: tuple[Network, ...] = ()
    canary: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True)
class EnvironmentSettings:
    """One environment's name, the machines that it is bound to, its replica, its account, its database."""

    name: str
    binding: Binding = field(default_factory=Binding)
    replica: Replica = field(default_factory=Replica)
    aws: CloudSettings = field(default_factory=CloudSettings)
    cloned: Cloned | None = None
    watching: Watching | None = None

    def is_for(self, machine: str) -> bool:
        """Whether its values may be used on the machine of that host name."""
        return self.binding.is_for(machine)


@dataclass(frozen=True, slots=True)
class PhpSettings:
    """The interpreter to run (None: the one on PATH) and the version that the code runs on in production."""

    binary: str | None = None
    version: str | None = None


_ENVIRONMENTS = tuple(EnvironmentSettings(name) for name in (PRODUCTION, "loadtest", "development", "test"))


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that `portability.yaml` says; `found` is False where there was no such file.

    `values` is a folder below the root; `rendered` and `document_root` are as written: relative to
    the root, or absolute. `stacks` None: they are detected; else only these may be. `outputs` are the
    stacks whose further files `apply` and `render` write. Where the repository holds several applications,
    `parts` gives each its own settings, whose `application` is its name and `folder` where it lies; these
    here are then those of what lies in none.
    """

    root: Path
    file: Path
    found: bool = False
    scan: Scan = Scan()
    rules: Rules = Rules()
    production: Production = Production()
    environments: tuple[EnvironmentSettings, ...] = _ENVIRONMENTS
    namespace: str = "AppEnv"
    values: str = "config/portability"
    rendered: str = "config/portability/current"
    on_missing: OnMissing = OnMissing.FAIL
    php: PhpSettings = PhpSettings()
    document_root: str | None = None
    stacks: tuple[str, ...] | None = None
    outputs: tuple[str, ...] = ()
    verifying: Verifying = field(default_factory=Verifying)
    secrets: SecretStore = field(default_factory=SecretStore)
    applications: tuple[Application, ...] = ()
    application: str = ""
    folder: str = ""
    campaign: Campaigning = field(default_factory=Campaigning)

    def parts(self) -> tuple[Settings, ...]:
        """These settings, for what lies in no application, then those of each application."""
        return (self, *(self._of(one) for one in self.applications))

    def application_of(self, path: str) -> str:
        """The name of the application that a file of the project belongs to, the innermost; '' for none."""
        places = [(place, one) for one in self.applications for place in (one.root, one.values or one.root)]
        inner = [(len(place), one.name) for place, one in places if path.startswith(place + "/")]
        return max(inner)[1] if inner else ""

    def part_of(self, path: str) -> Settings:
        """The settings of the application that a file of the project belongs to."""
        return next(part for part in self.parts() if part.application == self.application_of(path))

    def _of(self, one: Application) -> Settings:
        values = one.values or f"{one.root}/config/portability"
        apart = f"{self.rendered}/{one.name}"
        beside = self.rendered == f"{self.values}/current"
        return replace(
            self,
            namespace=one.namespace or f"{self.namespace}\\{spoken(one.name)}",
            values=values,
            rendered=one.rendered or (f"{values}/current" if beside else apart),
            applications=(),
            application=one.name,
            folder=one.root,
            verifying=one.verifying or self.verifying,
        )

    def of(self, application: str) -> Settings:
        """The settings of the application of that name; '' is right where there are no applications.

        UsageError names those that there are.
        """
        known = ", ".join(one.name for one in self.applications)
        where = str(self.file)
        if not application and not self.applications:
            return self
        if not application:
            raise UsageError("the settings name several applications", where, f"--application NAME: {known}")
        for part in self.parts()[1:]:
            if part.application == application:
                return part
        hint = f"known: {known}" if known else "the settings name no applications: leave --application out"
        raise UsageError(f"there is no application {application}", where, hint)

    def region(self, name: str) -> str | None:
        """The AWS region that the secrets of the environment `name` are in; None: as AWS's own tools say."""
        return self.environment(name).binding.region or self.secrets.region

    @property
    def values_folder(self) -> Path:
        """The folder of every environment's values, as a path of this machine."""
        return self.root / self.values

    @property
    def rendered_folder(self) -> Path:
        """The folder of this machine's rendered values, wherever it lies."""
        return self.root / self.rendered

    def environment(self, name: str) -> EnvironmentSettings:
        """The environment of that name; UsageError names the known ones."""
        for environment in self.environments:
            if environment.name == name:
                return environment
        known = ", ".join(e.name for e in self.environments)
        raise UsageError(f"there is no environment {name}", where=str(self.file), hint=f"known: {known}")


def load(root: Path, config_path: Path | None = None) -> Settings:
    """The settings of the project at `root`, from its `portability.yaml` or from `config_path`.

    A missing `portability.yaml` gives the defaults; a missing `config_path`, an unreadable file or
    anything in it that is unknown or of the wrong kind is a UsageError.
    """
    file = config_path if config_path is not None else root / FILE_NAME
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        if config_path is None:
            return Settings(root, file)
        raise UsageError(f"there is no settings file {file}") from None
    except OSError as error:
        raise UsageError(f"cannot read {file}: {(error.strerror or 'unknown reason').lower()}") from None
    return _settings(root, file, parse(data, str(file)))


def _settings(root: Path, file: Path, node: Node) -> Settings:
    default = Settings(root, file)
    parts = node.mapping(_KEYS)
    verified = verifying(parts)
    read(parts.get("version"), _version, None)
    found = Settings(
        root=root,
        file=file,
        found=True,
        scan=read(parts.get("scan"), _scan, default.scan),
        rules=read(parts.get("rules"), _rules, default.rules),
        production=read(parts.get("production"), _production, default.production),
        environments=read(parts.get("environments"), _environments, default.environments),
        namespace=read(parts.get("namespace"), namespace, default.namespace),
        values=read(parts.get("values"), inside, default.values),
        rendered=read(parts.get("rendered"), path, default.rendered),
        on_missing=read(parts.get("on_missing"), _on_missing, default.on_missing),
        php=read(parts.get("php"), _php, default.php),
        document_root=read(parts.get("document_root"), path, None),
        stacks=read(parts.get("stacks"), each(stack_name), None),
        outputs=read(parts.get("outputs"), each(output_name), ()),
        verifying=verified,
        secrets=read(parts.get("secrets"), secret_store, default.secrets),
        applications=read(parts.get("applications"), lambda n: applications(n, verified), ()),
        campaign=read(parts.get("campaign"), campaigning, default.campaign),
    )
    return _without_collisions(found, parts)


def _without_collisions(settings: Settings, parts: Mapping[str, Node]) -> Settings:
    """The same; UsageError where two applications, or one and the rest, have one place or namespace."""
    seen: dict[tuple[str, str], str] = {}
    for part in settings.parts():
        name = part.application or "what lies in no application"
        for what in ("namespace", "values", "rendered"):
            held = getattr(part, what)
            place = held.lower() if what == "namespace" else posixpath.normpath(held)
            other = seen.setdefault((what, place), name)
            if other != name:
                raise parts["applications"].error(
                    f"gives {name} the {what} of {other}", hint=f"say another {what} for {name}"
                )
    return settings


_KEYS = (
    *("version", "scan", "rules", "production", "environments", "namespace", "values", "rendered"),
    *("on_missing", "php", "document_root", "stacks", "outputs", "secrets", "applications", "campaign"),
    *VERIFYING_KEYS,
)


def _version(node: Node) -> None:
    if node.integer() != 1:
        raise node.error("must be 1", hint="a newer file needs a newer portability")


def _scan(node: Node) -> Scan:
    parts = node.mapping(("paths", "skip", "engine"))
    paths = read(parts.get("paths"), each(inside), ())
    return Scan(
        paths, read(parts.get("skip"), each(text), ()), read(parts.get("engine"), Node.boolean, False)
    )


def _rules(node: Node) -> Rules:
    parts = node.mapping(("extra", "off"))
    return Rules(read(parts.get("extra"), each(path), ()), read(parts.get("off"), each(text), ()))


def _production(node: Node) -> Production:
    parts = node.mapping(("hosts", "accounts", "networks", "canary"))
    found = Production(
        read(parts.get("hosts"), each(text), ()),
        read(parts.get("accounts"), each(account), ()),
        read(parts.get("networks"), networks, ()),
        read(parts.get("canary"), addresses, ()),
    )
    for address in found.canary:
        if not any(address in network for network in found.networks):
            problem = f"holds {address}, which is in none of production.networks"
            raise parts["canary"].error(problem, "an address of production's that belongs to no machine")
    return found


def _environments(node: Node) -> tuple[EnvironmentSettings, ...]:
    found = []
    for name, part in node.mapping().items():
        if not re.fullmatch(r"[a-z][a-z0-9_-]{0,63}", name):
            raise part.error("must be named in lower case letters, digits, - and _")
        parts = part.mapping(("binding", *REPLICA_KEYS, *CLOUD_KEYS, *CLONED_KEYS, *GUARD_KEYS))
        if name == PRODUCTION and "database" in parts:
            raise parts["database"].error("is of replicas: production's rows are never prepared")
        bound = read(parts.get("binding"), binding, Binding())
        parted = (replica(parts), cloud(parts), cloned(parts), watching(parts))
        if parted[3] and not parted[1].cloud.regions:
            raise parts["guard"].error("needs the account's regions", f"say environments.{name}.aws.regions")
        for address in parted[3].canary if parted[3] else ():
            if not any(address in network for network in parted[0].networks):
                problem = f"has the canary {address}, which is in none of environments.{name}.networks"
                raise parts["guard"].error(problem, "an address of the replica's that belongs to no machine")
        found.append(EnvironmentSettings(name, bound, *parted))
    if PRODUCTION not in [e.name for e in found]:
        raise node.error(f"must hold {PRODUCTION}", hint=f"add {PRODUCTION}: {{}}")
    return tuple(found)


def _php(node: Node) -> PhpSettings:
    parts = node.mapping(("binary", "version"))
    return PhpSettings(read(parts.get("binary"), path, None), read(parts.get("version"), _php_version, None))


def _php_version(node: Node) -> str:
    text = node.text(as_written=True)
    if not re.fullmatch(r"[5-9]\.[0-9]{1,2}(\.[0-9]{1,3})?", text):
        raise node.error("must be a version of PHP, such as 8.2")
    return text


def _on_missing(node: Node) -> OnMissing:
    return OnMissing(node.choice([choice.value for choice in OnMissing]))
