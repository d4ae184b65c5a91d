"""A question in, its answer from php-fpm on an instance out: by Run Command of AWS Systems Manager.

Source of the formats: the API reference of Systems Manager, SendCommand and GetCommandInvocation: the
document AWS-RunShellScript, the first 24,000 characters of the output, the detailed statuses.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portability.asking import shipping
from portability.asking.identity import Ask, Outcome, Reply
from portability.asking.questions import LONGEST, Signed, Unanswered, late, read_answer, sign
from portability.asking.shipping import Delivery, Pool, Raw
from portability.errors import PortabilityError
from portability.settings.parameters import Parameter
from portability.settings.replica import Address
from portability.system.aws import Session

DOCUMENT = "AWS-RunShellScript"
LIVES = 105
"""Seconds that a question may be used, since a command may be brought late; clocks may differ by 15 s."""
SHORTEST_DELIVERY = 30
"""The least that SendCommand takes for TimeoutSeconds."""

SECRETS = ("password", "secret_key", "session_token")
"""The parameters whose text is never put into a command."""

_WAITING = ("Pending", "InProgress", "Delayed", "Cancelling")
_ENDS: Mapping[str, tuple[Outcome, str]] = {
    "deliverytimedout": (Outcome.SILENT, "the command was not delivered to it in time: is its agent online?"),
    "executiontimedout": (Outcome.SILENT, "the command did not end in time"),
    "timedout": (Outcome.SILENT, "the command did not end in time"),
    "undeliverable": (Outcome.UNREACHABLE, "the command can't be delivered: it is gone, or doesn't respond"),
    "terminated": (Outcome.BROKEN, "the command was ended, for it failed on others"),
    "cancelled": (Outcome.BROKEN, "somebody cancelled the command"),
    "invalidplatform": (Outcome.UNREACHABLE, "it is no Linux machine"),
    "accessdenied": (Outcome.UNREACHABLE, "its role may not run commands"),
}
"""How an invocation ended, by its StatusDetails in lower case without spaces."""

_NO_AGENT = (
    "Systems Manager does not know it: its agent must run, its role needs AmazonSSMManagedInstanceCore, "
    "and it must reach the service"
)


@dataclass(frozen=True, slots=True)
class Pace:
    """How long to wait: for a command's delivery, its run, and between two looks; all in seconds."""

    delivery: int = 60
    run: int = 30
    first: float = 0.4
    most: float = 3.0


class RunCommand:
    """Asks the php-fpm of one instance; `probe` is the file that is run there, `key` the one in it.

    `environment` is the name that the answering code must have. Safe to use from several threads.
    """

    def __init__(
        self,
        session: Session,
        instance: str,
        probe: bytes,
        key: bytes,
        environment: str,
        pool: Pool | None = None,
        pace: Pace | None = None,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.session = session
        self.instance = instance
        self.environment = environment
        self._probe = probe
        self._key = key
        self._pool = pool or Pool()
        self._pace = pace or Pace()
        self._now = now
        self._sleep = sleep

    def ask(
        self,
        operation: str,
        service: str = "",
        parameters: Mapping[str, Parameter] | None = None,
        approved: Mapping[str, Sequence[Address]] | None = None,
        beacon: str | None = None,
    ) -> Reply:
        """The answer to one question; whatever goes wrong is told in it, nothing is raised."""
        return self.ask_many([Ask(operation, service, parameters or {}, approved or {}, beacon)])[0]

    def ask_many(self, asked: Sequence[Ask]) -> list[Reply]:
        """The answers to some questions, in their order, by one command, or more if that is too long."""
        if not asked:
            return []
        started = time.monotonic()
        if any(_tells_secret(one) for one in asked):
            words = "a secret is not sent in a command's text, which AWS keeps: say {key: NAME}"
            return [self._unanswered(Unanswered(Outcome.BROKEN, words), started)] * len(asked)
        signed = [sign(one, self._key, self.environment, self._now(), LIVES) for one in asked]
        try:
            delivery = self._deliver(signed)
        except Unanswered as problem:
            if problem.outcome is Outcome.BROKEN and problem.facts.get("long") and len(asked) > 1:
                half = len(asked) // 2
                return [*self.ask_many(asked[:half]), *self.ask_many(asked[half:])]
            return [self._unanswered(problem, started)] * len(asked)
        return [self._read(number, one, delivery, started) for number, one in enumerate(signed)]

    def _read(self, number: int, signed: Signed, delivery: Delivery, started: float) -> Reply:
        raw = delivery.answers.get(number) or Raw("broken", 200, {}, b"")
        try:
            if raw.how == "silent":
                raise Unanswered(Outcome.SILENT, "php-fpm did not answer in time: is its pool full?")
            if raw.how == "broken":
                raise Unanswered(Outcome.BROKEN, "php-fpm broke off its answer")
            _refuse_late(raw, signed, delivery.time)
            facts = read_answer(
                raw.status, raw.headers, raw.body, self._key, signed.nonce, self._now(), self.environment
            )
        except Unanswered as problem:
            return self._unanswered(problem, started)
        milliseconds = round((time.monotonic() - started) * 1000, 1)
        return Reply(Outcome.ANSWERED, facts, "", milliseconds, signed.nonce)

    def _unanswered(self, problem: Unanswered, started: float) -> Reply:
        milliseconds = round((time.monotonic() - started) * 1000, 1)
        return Reply(problem.outcome, problem.facts, f"{self.instance}: {problem}", milliseconds)

    def _deliver(self, signed: Sequence[Signed]) -> Delivery:
        text = shipping.script(signed, self._probe, self._pool, max(1, self._pace.run - 5))
        if len(text) > shipping.LARGEST_SCRIPT:
            raise Unanswered(Outcome.BROKEN, "the question is too long for a command", {"long": True})
        try:
            return self._output(self._sent(text))
        except PortabilityError as error:
            hint = f" ({error.hint})" if error.hint else ""
            raise Unanswered(Outcome.UNREACHABLE, f"{error.message}{hint}") from None

    def _sent(self, text: str) -> str:
        """The id of the command that carries the script."""
        answer = self.session.ask_if_there(
            "ssm",
            "send_command",
            "InvalidInstanceId UnsupportedPlatformType",
            InstanceIds=[self.instance],
            DocumentName=DOCUMENT,
            Comment="portability verify: read-only questions",
            TimeoutSeconds=max(SHORTEST_DELIVERY, self._pace.delivery),
            Parameters={"commands": [text], "executionTimeout": [str(self._pace.run)]},
        )
        if not answer:
            raise Unanswered(Outcome.UNREACHABLE, _NO_AGENT)
        return str(answer.get("Command", {}).get("CommandId", ""))

    def _output(self, command: str) -> Delivery:
        told: dict[str, Any] = {}
        for told in self._looks(command):
            if told.get("Status") not in (None, *_WAITING):
                return _finished(told)
        self._cancel(command)
        status = str(told.get("StatusDetails") or told.get("Status") or "Pending")
        if status == "Delayed":
            raise Unanswered(Outcome.SILENT, "the command is delayed: it can't be reached now")
        raise Unanswered(Outcome.SILENT, f"the command had not ended in time (its status is {status})")

    def _looks(self, command: str) -> Iterator[dict[str, Any]]:
        """What is said of the command's invocation, again and again with longer pauses, until it is late."""
        until = self._now() + self._pace.delivery + self._pace.run
        pause = self._pace.first
        while self._now() < until:
            self._sleep(pause)
            pause = min(pause * 1.5, self._pace.most)
            yield self.session.ask_if_there(
                "ssm",
                "get_command_invocation",
                "InvocationDoesNotExist",
                CommandId=command,
                InstanceId=self.instance,
            )

    def _cancel(self, command: str) -> None:
        """Asks that it be not run any more; it would find its questions too old in any case."""
        self.session.ask_if_there(
            "ssm",
            "cancel_command",
            "InvalidCommandId InvalidInstanceId DuplicateInstanceId",
            CommandId=command,
            InstanceIds=[self.instance],
        )


def _tells_secret(asked: Ask) -> bool:
    return any(isinstance(asked.parameters.get(name), str) and asked.parameters[name] for name in SECRETS)


def _finished(told: Mapping[str, Any]) -> Delivery:
    """The answers of a command that has ended; Unanswered says how it ended otherwise.

    What it wrote to the standard error is never told: it may quote anything.
    """
    status = str(told.get("Status"))
    details = str(told.get("StatusDetails") or status)
    if status != "Success":
        code = int(told.get("ResponseCode", -1))
        known = _ENDS.get(details.replace(" ", "").lower()) or _ENDS.get(status.lower())
        words = shipping.EXITS.get(code) or f"the command failed there (exit code {code})"
        raise Unanswered(*(known or (Outcome.BROKEN, words)))
    output = str(told.get("StandardOutputContent") or "")
    delivery = shipping.unpack(output)
    if delivery is None:
        cut = shipping.was_cut(output)
        words = (
            "the answer is too long for a command's output" if cut else "the command's output is no answer"
        )
        raise Unanswered(Outcome.BROKEN, words, {"long": True} if cut else None)
    return delivery


def _refuse_late(raw: Raw, signed: Signed, machine: int) -> None:
    """Tells a 404 that the machine's clock explains: the question was not in time there."""
    if raw.status != 404:
        return
    if machine >= signed.expires:
        ahead = machine - signed.expires + LIVES
        words = f"the command came {ahead} s after it was made by its clock, so no question was in time"
        raise Unanswered(Outcome.CLOCK, words)
    if machine < signed.expires - LONGEST:
        raise late(machine - signed.expires + LIVES)
