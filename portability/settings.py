"""The scanned project's `portability.yaml` in, checked Settings out; any doubt is an error with its line."""

from __future__ import annotations

import fnmatch
import re
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from portability.documents import Node, parse, scalar
from portability.errors import UsageError
from portability.fields import each, inside, path, read, text
from portability.manifests import output_name, output_names, stack_name
from portability.replica import (
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
class Binding:
    """The machine that an environment's values may be used on: a glob of host names, or any."""

    host: str | None = None


@dataclass(frozen=True, slots=True)
class EnvironmentSettings:
    """One environment's name, the machines that it is bound to, and the replica that it runs on."""

    name: str
    binding: Binding = Binding()
    replica: Replica = field(default_factory=Replica)

    def is_for(self, machine: str) -> bool:
        """Whether its values may be used on the machine of that host name."""
        return self.binding.host is None or fnmatch.fnmatchcase(machine, self.binding.host)


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
    stacks whose further files `apply` and `render` write.
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
    read(parts.get("version"), _version, None)
    return Settings(
        root=root,
        file=file,
        found=True,
        scan=read(parts.get("scan"), _scan, default.scan),
        rules=read(parts.get("rules"), _rules, default.rules),
        production=read(parts.get("production"), _production, default.production),
        environments=read(parts.get("environments"), _environments, default.environments),
        namespace=read(parts.get("namespace"), _namespace, default.namespace),
        values=read(parts.get("values"), inside, default.values),
        rendered=read(parts.get("rendered"), path, default.rendered),
        on_missing=read(parts.get("on_missing"), _on_missing, default.on_missing),
        php=read(parts.get("php"), _php, default.php),
        document_root=read(parts.get("document_root"), path, None),
        stacks=read(parts.get("stacks"), each(stack_name), None),
        outputs=read(parts.get("outputs"), each(output_name), ()),
        verifying=verifying(parts),
    )


_KEYS = (
    "version",
    "scan",
    "rules",
    "production",
    "environments",
    "namespace",
    "values",
    "rendered",
    "on_missing",
    "php",
    "document_root",
    "stacks",
    "outputs",
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
        read(parts.get("accounts"), each(_account), ()),
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
        parts = part.mapping(("binding", *REPLICA_KEYS))
        binding = read(parts.get("binding"), _binding, Binding())
        found.append(EnvironmentSettings(name, binding, replica(parts)))
    if PRODUCTION not in [e.name for e in found]:
        raise node.error(f"must hold {PRODUCTION}", hint=f"add {PRODUCTION}: {{}}")
    return tuple(found)


def _binding(node: Node) -> Binding:
    return Binding(read(node.mapping(("host",)).get("host"), text, None))


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


def _account(node: Node) -> str:
    text = node.text(as_written=True)
    if not re.fullmatch(r"[0-9]{12}", text):
        raise node.error("must be an AWS account number of 12 digits")
    return text


def _namespace(node: Node) -> str:
    text = node.text()
    levels = text.split("\\")
    if not all(re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", level) for level in levels):
        raise node.error(
            "must be a PHP namespace", hint=r"for example AppEnv or AppEnv\Shop, with no \ at either end"
        )
    for level in levels:
        if f" {level.lower()} " in _RESERVED:
            raise node.error(f"must not hold {level}, a reserved word of PHP")
    return text


def dump_default(guesses: Settings) -> str:
    """A commented `portability.yaml` that loads back to `guesses` (what `portability init` writes)."""
    environments = [
        f"  {e.name}: {{binding: {{host: {_or_null(e.binding.host)}}}}}" for e in guesses.environments
    ]
    return _TEMPLATE.format(
        paths=_list(guesses.scan.paths),
        skip=_list(guesses.scan.skip),
        engine=str(guesses.scan.engine).lower(),
        extra=_list(guesses.rules.extra),
        off=_list(guesses.rules.off),
        hosts=_list(guesses.production.hosts),
        accounts=_list(guesses.production.accounts),
        networks=_list(tuple(map(str, guesses.production.networks))),
        canary=_list(tuple(map(str, guesses.production.canary))),
        environments="\n".join(environments),
        namespace=scalar(guesses.namespace),
        values=scalar(guesses.values),
        rendered=scalar(guesses.rendered),
        on_missing=guesses.on_missing.value,
        binary=_or_null(guesses.php.binary),
        version=_or_null(guesses.php.version),
        document_root=_or_null(guesses.document_root),
        stacks="null" if guesses.stacks is None else _list(guesses.stacks),
        outputs=_list(guesses.outputs),
        known_outputs=", ".join(output_names()),
    )


def _list(texts: tuple[str, ...]) -> str:
    return "[" + ", ".join(scalar(text) for text in texts) + "]"


def _or_null(text: str | None) -> str:
    return "null" if text is None else scalar(text)


_RESERVED = (
    " abstract and array as break callable case catch class clone const continue declare default die"
    " do echo else elseif empty enddeclare endfor endforeach endif endswitch endwhile eval exit"
    " extends false final finally fn for foreach function global goto if implements include"
    " include_once instanceof insteadof interface isset list match namespace new null or print"
    " private protected public readonly require require_once return self static switch throw trait"
    " true try unset use var while xor yield "
)

_TEMPLATE = """\
# How portability looks at this project. Whatever is left out has the value shown in the manual.
version: 1

scan:
  # Folders and files to look at; none means all.
  paths: {paths}
  # Patterns to leave out, written as in .gitignore.
  skip: {skip}
  # Ask a secret scanner too: pip install 'portability-toolkit[secrets]'.
  engine: {engine}

rules:
  # Folders with rules of your own.
  extra: {extra}
  # Rules that are not to run.
  off: {off}

# How production is recognised: host names or globs, and AWS account numbers in quotes.
production:
  hosts: {hosts}
  accounts: {accounts}
  # Its networks, and addresses in them that belong to no machine: by these a replica is verified.
  networks: {networks}
  canary: {canary}

# Each environment, and a glob of the host names that its values may be used on (null: any).
environments:
{environments}

# The PHP namespace of the constants that the code reads.
namespace: {namespace}
# The folder that holds each environment's values; it belongs in version control.
values: {values}
# The folder that this machine's values are rendered to; best outside the document root.
rendered: {rendered}
# Where no environment is set: fail, or production.
on_missing: {on_missing}

# The PHP interpreter (null: php on PATH) and the version that production runs.
php:
  binary: {binary}
  version: {version}

# What the web server serves.
document_root: {document_root}

# The frameworks that it may be (null: they are detected), which tell where the guard stands.
stacks: {stacks}
# What else to write for those who read values: {known_outputs}.
outputs: {outputs}

# What `portability verify` needs besides (target, sites, probes, jobs, crawl) is shown in the manual.
"""
