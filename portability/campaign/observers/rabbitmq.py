"""A RabbitMQ's queues in, how many messages wait in each out: a passive declaration, nothing is taken."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from portability.campaign.observers.sampling import Gauge, Kind, Reading
from portability.errors import Unfinished, UsageError

TIMEOUT = 5.0


@dataclass(slots=True)
class Rabbitmq:
    """One broker's queues, asked over one connection that is made again where it was lost."""

    name: str
    parameters: Mapping[str, str] = field(repr=False)
    queues: tuple[str, ...] = ()
    server: str = ""
    _link: Any = None

    def shown(self) -> Mapping[str, Kind]:
        """What is read, and how it is shown."""
        found: dict[str, Kind] = {}
        for queue in self.queues:
            found[f"{queue} waiting"] = Gauge(f"{queue} waiting", "Messages that wait", "")
            found[f"{queue} consumers"] = Gauge(f"{queue} consumers", "Consumers", "")
        return found

    def read(self) -> Reading:
        """How it stands now."""
        try:
            import pika
            from pika.exceptions import AMQPError, ChannelClosedByBroker
        except ImportError:
            raise UsageError("pika is not installed") from None
        told: dict[str, float] = {}
        missing = []
        try:
            if self._link is None or not self._link.is_open:
                self._link = pika.BlockingConnection(self._connection(pika))
            for queue in self.queues:
                channel = self._link.channel()
                try:
                    answer = channel.queue_declare(queue=queue, passive=True).method
                except ChannelClosedByBroker as error:
                    missing.append(f"{queue} ({error.reply_code})")
                    continue
                told[f"{queue} waiting"] = float(answer.message_count)
                told[f"{queue} consumers"] = float(answer.consumer_count)
                channel.close()
        except (AMQPError, OSError, ValueError) as error:
            self.close()
            raise Unfinished(f"it could not be asked: {type(error).__name__}") from None
        if not told:
            raise Unfinished(
                f"it has no such queue: {', '.join(missing)}" if missing else "no queue is named"
            )
        return told

    def _connection(self, pika: Any) -> Any:
        given = self.parameters
        context = None
        if given.get("tls") in ("true", "1", "yes"):
            import ssl

            context = pika.SSLOptions(ssl.create_default_context(), given.get("host"))
        return pika.ConnectionParameters(
            host=given.get("host", ""),
            port=int(given.get("port") or (5671 if context else 5672)),
            virtual_host=given.get("vhost", "/"),
            credentials=pika.PlainCredentials(given.get("user", "guest"), given.get("password", "")),
            ssl_options=context,
            socket_timeout=TIMEOUT,
            blocked_connection_timeout=TIMEOUT,
            heartbeat=30,
        )

    def close(self) -> None:
        """Ends the connection."""
        link, self._link = self._link, None
        with suppress(Exception):
            if link is not None:
                link.close()
