"""A folder of another machine as a target, by the system's own OpenSSH: releases in it, and a link to one.

    <folder>/releases/<label>/    as on this machine: see local
    <folder>/current              switched by one rename; a web server serves this

Only this key and these known hosts are used, no agent and no settings of the user's; nothing is asked.
The machine needs a POSIX shell, tar, sha256sum, diff and timeout.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets as randomness
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from portability.delivery import package, undoing
from portability.delivery.bundle import Bundle
from portability.delivery.guardian import FOLDER, Guardian
from portability.delivery.undoing import Run
from portability.errors import PortabilityError, Refused, Unfinished, UsageError
from portability.settings.destination import Ssh
from portability.settings.replica import Target
from portability.system import processes
from portability.system.files import remove, write_atomic
from portability.system.processes import Done
from portability.targets.deployment import Deployment, Given, Served
from portability.values.rendering import RenderedFile

gives_variables = False

SEAL = f"{FOLDER}/seal"
UPLOAD = 900.0
"""Seconds that a release may take on its way."""
_SHORT = 60.0

_LOOK = """
set -eu; cd "$1"
if [ -L current ]; then readlink current; elif [ -e current ]; then exit 41; fi
"""
_PLACE = """
set -eu; umask 022; cd "$1"
if [ -L current ]; then readlink current; elif [ -e current ]; then exit 41; else echo; fi
mkdir -p releases; new="releases/.$2.partial"; tar="releases/.$2.tar"
rm -rf "$new" "$tar"; cat > "$tar"
echo "$3  $tar" | sha256sum -c --status || { rm -f "$tar"; exit 42; }
mkdir "$new"; tar -xpf "$tar" -C "$new" --no-same-owner; rm -f "$tar"
number=1; name="$2"
while :; do
    if [ ! -e "releases/$name" ]; then mv -T "$new" "releases/$name"; echo "new $name"; break; fi
    if diff -rq --no-dereference "$new" "releases/$name" >/dev/null; then
        rm -rf "$new"; echo "old $name"; break
    fi
    number=$((number + 1)); name="$2-$number"
done
"""
_ADD = 'set -eu; umask 022; cd "$1/$2"; tar -xpkf - --no-same-owner'
_SWITCH = """
set -eu; cd "$1"; now=$(readlink current || true)
[ "$now" = "$2" ] || exit 43
ln -sfn "$3" .current.new; mv -T .current.new current
"""
_RESTART = 'set -eu; cd "$1"; shift; exec timeout -k 5 "$@"'
_BACK = """
set -eu; cd "$1"; before="$2"; ours="$3"; made="$4"; seconds="$5"; shift 5
now=$(readlink current || true)
if [ "$now" = "$ours" ] && [ "$now" != "$before" ]; then
    if [ -z "$before" ]; then rm -f current
    else ln -sfn "$before" .current.new; mv -T .current.new current; fi
elif [ "$now" != "$before" ]; then exit 44; fi
for one in "$@"; do timeout -k 5 "$seconds" sh -c "$one" || [ -z "$before" ] || exit 45; done
[ -z "$made" ] || [ "$made" = "$before" ] || rm -rf "$made"
"""
_DROP = 'set -eu; cd "$1/$2"; shift 2; rm -f -- "$@"'
_TIDY = """
set -eu; cd "$1"; mkdir -p -m 700 .portability; order=.portability/releases; touch "$order"
{ grep -vxF -- "$2" "$order" || true; echo "$2"; } > "$order.new"; mv "$order.new" "$order"
keep="$4"; [ -z "$3" ] || keep=$((keep - 1))
grep -vxF -- "$2" "$order" | { grep -vxF -- "${3:-/}" || true; } | tac | tail -n "+$((keep + 1))" |
while read -r name; do case "$name" in */*|.*|'') ;; *) rm -rf "releases/$name" ;; esac; done
"""
_SEALED = """
set -eu; cd "$1"; [ -L current ] || exit 0; readlink current; cd current/
tar -cf - --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner . | sha256sum
"""
_ENDINGS = {
    41: "what is served there is no symbolic link, so it can't be switched",
    42: "the release did not arrive whole",
    43: "somebody else has switched what is served",
    44: "it leads elsewhere by now: somebody else has switched it",
    45: "the restart failed",
}


def deploy(
    target: Target,
    bundle: Bundle,
    files: Sequence[RenderedFile],
    extra: Mapping[str, bytes],
    guardian: Guardian,
    given: Given,
) -> Deployment:
    """See the door."""
    tar, more = bundle.file.with_name("release.tar"), bundle.file.with_name("extra.tar")
    package.write_tar(more, bundle, files, extra)  # Refuses what has no place, before anything is sent.
    digest = package.write_tar(tar, bundle, files, {})
    package.write_files(more, extra)
    folder, where = _ssh(target).folder, _where(target)
    given.tell(f"sending {tar.stat().st_size >> 10} KiB to {where}")
    label = f"{bundle.label[:-9]}-{digest[:8]}"
    before, _, told = _said(target, _PLACE, (folder, label, digest), tar, UPLOAD).partition("\n")
    placed = told.split()
    if len(placed) != 2 or not placed[1].startswith(label):
        raise Unfinished("the other machine's shell says something else than it was asked", where)
    label, release = placed[1], f"releases/{placed[1]}"
    made = release if placed[0] == "new" else ""
    steps = guardian.add(_back(target, before, release, made, guardian))
    added = guardian.add(_drop(target, release, extra, guardian))
    try:
        _said(target, _ADD, (folder, release), more)
        _said(target, _SWITCH, (folder, before, release))
        _restart(target)
    except PortabilityError as error:
        raise _taken_back(target, error, before, guardian, [*steps, *added]) from None
    return Deployment(
        target,
        label,
        Path(folder) / release,
        before or None,
        tuple(added),
        tuple(steps),
        not made,
        here=False,
    )


def attach(target: Target, extra: Mapping[str, bytes], guardian: Guardian, given: Given) -> Deployment:
    """See the door."""
    folder = _ssh(target).folder
    now = _said(target, _LOOK, (folder,)).strip()
    if not now:
        raise UsageError("nothing is deployed here yet", _where(target), "run it without --no-deploy")
    added = guardian.add(_drop(target, now, extra, guardian))
    with guardian.scratch() as scratch:
        tar = scratch / "extra.tar"
        package.write_files(tar, extra)
        try:
            _said(target, _ADD, (folder, now), tar)
        except PortabilityError as error:
            raise _taken_back(target, error, now, guardian, added) from None
    return Deployment(target, Path(now).name, Path(folder) / now, now, tuple(added), reused=True, here=False)


def restore(deployment: Deployment, guardian: Guardian) -> tuple[str, ...]:
    """See the door."""
    return _undone(deployment, guardian, [*deployment.extra, *deployment.steps])


def settle(deployment: Deployment, guardian: Guardian) -> tuple[str, ...]:
    """See the door."""
    notes = list(_undone(deployment, guardian, list(deployment.extra)))
    if deployment.steps:
        guardian.withdraw(deployment.steps)
        target = deployment.target
        before = Path(deployment.before).name if deployment.before else ""
        try:
            _said(target, _TIDY, (_ssh(target).folder, deployment.label, before, str(target.keep)))
        except PortabilityError as error:
            notes.append(f"old releases stay: {error.message}")
    return tuple(notes)


def seal(target: Target) -> Served:
    """See the door."""
    write_atomic(Path(target.folder) / SEAL, randomness.token_bytes(32), 0o600)
    return served(target)


def unseal(target: Target) -> None:
    """See the door."""
    remove(Path(target.folder) / SEAL)


def served(target: Target) -> Served:
    """See the door. Sealed is every file, link and mode of the release, read on the other machine."""
    lines = _said(target, _SEALED, (_ssh(target).folder,), seconds=UPLOAD).splitlines()
    label = Path(lines[0]).name if lines else ""
    try:
        key = (Path(target.folder) / SEAL).read_bytes()
    except OSError:
        return Served(label)
    if len(lines) != 2:
        return Served(label)
    return Served(label, hmac.new(key, f"{label} {lines[1].split()[0]}".encode(), hashlib.sha256).hexdigest())


def command(ssh: Ssh, script: str, arguments: Sequence[str]) -> tuple[str, ...]:
    """The call of OpenSSH that runs a shell's script there: nothing is asked, and nothing else is trusted."""
    options = {
        "BatchMode": "yes",
        "StrictHostKeyChecking": "yes",
        "UserKnownHostsFile": ssh.known_hosts,
        "GlobalKnownHostsFile": "/dev/null",
        "UpdateHostKeys": "no",
        "IdentitiesOnly": "yes",
        "IdentityAgent": "none",
        "ForwardAgent": "no",
        "ClearAllForwardings": "yes",
        "ControlPath": "none",
        "PreferredAuthentications": "publickey",
        "ConnectTimeout": "10",
        "ServerAliveInterval": "5",
        "ServerAliveCountMax": "3",
        "LogLevel": "ERROR",
    }
    given = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
    there = shlex.join(["sh", "-c", script.strip(), "sh", *arguments])
    where = ["-p", str(ssh.port), "-l", ssh.user, "-i", ssh.key, "--", ssh.host]
    return ("ssh", "-F", "none", "-T", *given, *where, there)


def _said(
    target: Target, script: str, arguments: Sequence[str], data: Path | None = None, seconds: float = _SHORT
) -> str:
    """What a script prints there; an error says what went wrong, on the way or there."""
    lines: list[bytes] = []
    words = command(_ssh(target), script, arguments)
    if data is None:
        done = processes.told("ssh", words, Path("/"), _environment(), seconds, lines.append)
    else:
        with data.open("rb") as given:
            done = processes.told("ssh", words, Path("/"), _environment(), seconds, lines.append, given=given)
    if done.code:
        raise _failed(target, done)
    return b"\n".join(lines).decode("utf-8", "replace")


def _failed(target: Target, done: Done) -> PortabilityError:
    where, code, said = _where(target), done.code, done.first_line
    if code != 255:
        words = _ENDINGS.get(code, f"it ended with {processes.ending(code)} there: {said}")
        kind: type[PortabilityError] = Refused if code in (41, 43, 44) else Unfinished
        return kind(words, where)
    lowered = done.errors.decode("utf-8", "replace").lower()
    if "host key" in lowered or "host identification" in lowered:
        hint = f"compare the key with the machine's own, then add it to {_ssh(target).known_hosts}"
        return Refused("the machine's key is not the known one", where, hint)
    if "permission denied" in lowered or "identity file" in lowered or "load key" in lowered:
        return UsageError("it does not let this key in", where, f"is {_ssh(target).key} the right key?")
    return Unfinished(f"it can't be reached: {said}", where, "is it up, and is the port right?")


def _restart(target: Target) -> None:
    for words in target.restart:
        arguments = (_ssh(target).folder, f"{target.seconds:.0f}", *words)
        try:
            _said(target, _RESTART, arguments, seconds=target.seconds + _SHORT)
        except Unfinished as error:
            shown = undoing.shown(words)
            raise Unfinished(f"the restart failed: {shown}: {error.message}", error.where) from None


def _back(target: Target, before: str, ours: str, made: str, guardian: Guardian) -> Run:
    restarts = [shlex.join(words) for words in target.restart]
    arguments = (_ssh(target).folder, before, ours, made, f"{target.seconds:.0f}", *restarts)
    seconds = (target.seconds + 5) * len(restarts) + _SHORT
    said = f"serve {before or 'nothing'} again at {_where(target)}"
    return Run(command(_ssh(target), _BACK, arguments), str(guardian.folder), seconds, True, said)


def _drop(target: Target, release: str, extra: Mapping[str, bytes], guardian: Guardian) -> Run:
    arguments = (_ssh(target).folder, release, *sorted(extra))
    said = f"remove the probe at {_where(target)}"
    return Run(command(_ssh(target), _DROP, arguments), str(guardian.folder), _SHORT, True, said)


def _taken_back(
    target: Target, error: PortabilityError, before: str, guardian: Guardian, steps: list[int]
) -> PortabilityError:
    grave = [failure for failure in guardian.undo(steps) if failure.grave]
    told = "; ".join(map(str, grave)) if grave else f"{before or 'nothing'} is served again"
    return type(error)(f"{error.message}; {told}", error.where or _where(target), error.hint)


def _undone(deployment: Deployment, guardian: Guardian, steps: list[int]) -> tuple[str, ...]:
    failures = guardian.undo(steps)
    grave = "; ".join(str(failure) for failure in failures if failure.grave)
    if grave:
        raise Unfinished(f"the target is not as it was: {grave}", _where(deployment.target))
    return tuple(map(str, failures))


def _environment() -> dict[str, str]:
    return {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}


def _where(target: Target) -> str:
    ssh = _ssh(target)
    return f"{ssh.user}@{ssh.host}:{ssh.folder}"


def _ssh(target: Target) -> Ssh:
    assert target.ssh is not None
    return target.ssh
