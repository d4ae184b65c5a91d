"""`python -m examples.lab up | down | status | exec SIDE -- COMMAND | restart SIDE`: one lab a user.

It runs in the background. `restart` works inside a lab too, in any: there it asks the lab that it is in.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence

from examples.lab import addresses, control, process, state
from examples.lab.client import Lab
from examples.lab.errors import LabError, LabUnavailable
from examples.stage.names import load_values

PLACES = (*addresses.SIDES, "router")


def main(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code: 2 the machine or the call must change, 5 it failed."""
    options = _parser().parse_args(arguments)
    commands = {"up": up, "down": down, "status": status, "exec": execute, "restart": restart}
    try:
        return commands[options.command](options)
    except LabError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m examples.lab", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    starting = commands.add_parser("up", help="start both sides in the background")
    starting.add_argument("--without-rabbitmq", action="store_true", help="saves some ten seconds")
    starting.add_argument(
        "--space", default=process.SPACE, help="most that the lab's files may take, in memory"
    )
    commands.add_parser("down", help="end the lab with everything in it")
    commands.add_parser("status", help="ask every service how it is")
    running = commands.add_parser("exec", help="run a command inside a side, on this terminal")
    running.add_argument("side", choices=PLACES)
    running.add_argument("words", nargs=argparse.REMAINDER, metavar="-- COMMAND")
    again = commands.add_parser("restart", help="restart a side's Apache, on what its folder leads to now")
    again.add_argument("side", choices=addresses.SIDES)
    return parser


def up(options: argparse.Namespace) -> int:
    """Start a lab that outlives this command; if this command is killed before, the lab ends too."""
    started = time.monotonic()
    rabbitmq = not options.without_rabbitmq
    process.check_machine(rabbitmq)
    descriptor = state.claim(patience=0.2)
    if descriptor is None:
        running = state.read()
        who = f"leader {running.pid}" if running else "it is ending"
        raise LabUnavailable(f"a lab is up already ({who})", "python -m examples.lab down")
    try:
        begun = process.start(options.space, state.file(), [descriptor])
    except BaseException:
        state.remove()
        raise
    try:
        held = state.State(begun.leader, state.born(begun.leader), rabbitmq, ready=False)
        state.write(descriptor, held)
        lab = Lab.attached(begun.leader)
        lab.build(rabbitmq)
        state.write(descriptor, state.State(held.pid, held.born, rabbitmq, ready=True))
        begun.detach()
    except BaseException:
        begun.end()
        state.remove()
        raise
    finally:
        os.close(descriptor)
    _show()
    print(f"\nUp in {time.monotonic() - started:.1f} s, leader {begun.leader}.")
    return 0


def _show() -> None:
    """Print what is where."""
    values = load_values()
    for side in addresses.SIDES:
        v4, v6 = addresses.prefixes(side)
        print(f"{side}  {v4}  {v6}")
        for service, names in addresses.service_names(side, values).items():
            v4, v6 = (addresses.address(side, service, family) for family in (4, 6))
            port = addresses.PORTS[service]
            print(f"  {service:<9} {v4:<12} {v6:<12} {port:<5} {' '.join(names)}".rstrip())
    v4, v6 = addresses.prefixes(addresses.OUTSIDE)
    print(f"router  {v4}  {v6}: name server .53, AWS's regional endpoints .61")


def down(options: argparse.Namespace) -> int:
    """End the lab; nothing to end is no error."""
    running = state.read()
    if running is None:
        print("No lab is up.")
        return 0
    state.end(running)
    print("The lab is down.")
    return 0


def _running() -> state.State:
    running = state.read()
    if running is None:
        raise LabUnavailable("no lab is up", "python -m examples.lab up")
    if not running.ready:
        raise LabError("the lab is being built")
    return running


def status(options: argparse.Namespace) -> int:
    """Print how each service is; 1 if one of them is not well."""
    running = _running()
    found = Lab.attached(running.pid).health()
    for one in found:
        word = "up  " if one.healthy else "DOWN"
        print(f"{word} {one.side:<10} {one.service:<9} {one.milliseconds:7.1f} ms  {one.detail}")
    sick = sum(not one.healthy for one in found)
    print(f"{len(found)} services, {sick} down; leader {running.pid}")
    return 1 if sick else 0


def execute(options: argparse.Namespace) -> int:
    """Become the command, inside a side, with this terminal, folder and exit code."""
    words = options.words[1:] if options.words[:1] == ["--"] else options.words
    if not words:
        raise LabUnavailable("what shall run?", "python -m examples.lab exec replica -- COMMAND")
    running = _running()
    root = f"/proc/{running.pid}/root"
    command = ["nsenter", f"--target={running.pid}", "--user", "--preserve-credentials", "--mount", "--pid"]
    if options.side in addresses.SIDES:
        command += [f"--net={root}/run/netns/{options.side}", f"--uts={root}/run/utsns/{options.side}"]
    else:
        command.append("--net")
    told = Lab.attached(running.pid).environment(options.side)
    environment = {**os.environ, **{name: told[name] for name in told if name.startswith("PHP_")}}
    inside = ["sh", "-c", 'cd "$0" 2>/dev/null || cd /; exec "$@"', os.getcwd(), *words]  # noqa: PTH109
    sys.stdout.flush()
    os.execvpe("nsenter", [*command, "--", *inside], environment)


def restart(options: argparse.Namespace) -> int:
    """Restart a side's Apache alone; no data is touched."""
    if control.SOCKET.is_socket():
        control.ask(control.SOCKET, "restart", {"side": options.side})
    else:
        Lab.attached(_running().pid).restart(options.side)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
