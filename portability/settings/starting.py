"""Settings that were guessed in, the commented `portability.yaml` that says them out."""

from __future__ import annotations

from portability.settings.manifests import output_names
from portability.settings.project import Settings
from portability.system.documents import scalar


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

# Where apply puts production's credentials (secrets), and several applications: docs/values.md.
# What `portability verify` needs besides (target, sites, probes, jobs, crawl) is shown in the manual.
"""
