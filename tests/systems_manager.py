"""Run Command of AWS Systems Manager for a test: its statuses and limits as documented, on this machine.

Source: the API reference of Systems Manager (SendCommand, GetCommandInvocation, CancelCommand) and the
user guide's table of command statuses. A command's script really runs, by `sh`, as the agent runs it.
"""

from __future__ import annotations

import subprocess
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.modelled import Problem, Service

OUTPUT = 24_000
"""The characters of the standard output that GetCommandInvocation gives."""


@dataclass
class Agent:
    """One instance: whether it is online, and what its invocations say before they end, or instead.

    `waits` are (status, details) that the first looks get; `ends` replaces how the script really ended.
    """

    online: bool = True
    waits: tuple[tuple[str, str], ...] = ()
    ends: tuple[str, str] | None = None
    output: str | None = None
    longest: int = OUTPUT
    scripts: list[str] = field(default_factory=list)


@dataclass
class _Invocation:
    agent: Agent
    looks: list[tuple[str, str]]
    script: str
    done: subprocess.CompletedProcess[str] | None = None
    cancelled: bool = False


class SystemsManager:
    """The part of the service that runs commands, for the instances `agents`."""

    def __init__(self, agents: dict[str, Agent], environment: dict[str, str] | None = None) -> None:
        self.agents = agents
        self.environment = environment
        self.invocations: dict[tuple[str, str], _Invocation] = {}
        self.cancelled: list[str] = []
        self.service = Service(
            "ssm",
            {
                "SendCommand": self.send,
                "GetCommandInvocation": self.told,
                "CancelCommand": self.cancel,
            },
        )

    def send(self, given: dict[str, Any]) -> dict[str, Any]:
        if given["DocumentName"] != "AWS-RunShellScript":
            raise Problem("InvalidDocument")
        if sum(map(len, given["Parameters"]["commands"])) > 65_536:
            raise Problem("MaxDocumentSizeExceeded")
        number = str(uuid.uuid4())
        for instance in given["InstanceIds"]:
            agent = self.agents.get(instance)
            if agent is None or not agent.online:
                raise Problem("InvalidInstanceId", f"Instances [[{instance}]] not in a valid state")
            script = "\n".join(given["Parameters"]["commands"])
            agent.scripts.append(script)
            self.invocations[number, instance] = _Invocation(agent, list(agent.waits), script)
        return {"Command": {"CommandId": number, "Status": "Pending", "DocumentName": given["DocumentName"]}}

    def told(self, given: dict[str, Any]) -> dict[str, Any]:
        found = self.invocations.get((given["CommandId"], given["InstanceId"]))
        if found is None:
            raise Problem("InvocationDoesNotExist")
        base = {"CommandId": given["CommandId"], "InstanceId": given["InstanceId"], "ResponseCode": -1}
        base |= {"StandardOutputContent": "", "StandardErrorContent": ""}
        if found.cancelled:
            return {**base, "Status": "Cancelled", "StatusDetails": "Cancelled"}
        if found.looks:
            status, details = found.looks.pop(0)
            if status == "InvocationDoesNotExist":
                raise Problem("InvocationDoesNotExist")
            return {**base, "Status": status, "StatusDetails": details}
        if found.agent.ends:
            status, details = found.agent.ends
            return {**base, "Status": status, "StatusDetails": details}
        return {**base, **self._run(found)}

    def _run(self, found: _Invocation) -> dict[str, Any]:
        if found.done is None:
            found.done = subprocess.run(
                ["sh", "-c", found.script],
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
                stdin=subprocess.DEVNULL,
                env=self.environment,
            )
        output = found.done.stdout if found.agent.output is None else found.agent.output
        if len(output) > found.agent.longest:
            output = output[: found.agent.longest] + "\n---Output truncated---"
        ended = "Success" if found.done.returncode == 0 else "Failed"
        return {
            "Status": ended,
            "StatusDetails": ended,
            "ResponseCode": found.done.returncode,
            "StandardOutputContent": output,
            "StandardErrorContent": found.done.stderr[:8_000],
        }

    def cancel(self, given: dict[str, Any]) -> dict[str, Any]:
        for instance in given.get("InstanceIds", ()):
            found = self.invocations[given["CommandId"], instance]
            found.cancelled = True
            self.cancelled.append(instance)
        return {}


def waiting(*statuses: str) -> Iterable[tuple[str, str]]:
    """Looks with these details, each with the status that goes with it."""
    known = {"In Progress": "InProgress", "InvocationDoesNotExist": "InvocationDoesNotExist"}
    return tuple((known.get(one, one), one) for one in statuses)
