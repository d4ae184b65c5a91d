"""Where an account keeps a log in, the log's lines of some time out: CloudWatch Logs, or objects of S3.

Source of the objects' names: "Flow log files" of the Amazon VPC user guide, "VPC Resolver query logging"
of the Amazon Route 53 developer guide. A call that fails raises what `portability.system.aws` says of it.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from portability.errors import Unfinished
from portability.system.aws import Failure, Session, blocks

_MARGIN = timedelta(hours=1)
"""What an object's name may differ from the times of its records."""


@dataclass(frozen=True, slots=True)
class Store:
    """Where a log is kept.

    `group` is a log group of CloudWatch Logs; else `bucket` and `prefix` are S3's, with `folders` being
    the rest up to the day, written for strftime.
    """

    group: str = ""
    bucket: str = ""
    prefix: str = ""
    folders: str = ""

    @property
    def label(self) -> str:
        """What a person is shown."""
        return f"log group {self.group}" if self.group else f"s3://{self.bucket}/{self.prefix}".rstrip("/")


def lines(session: Session, store: Store, since: float, until: float) -> Iterator[str]:
    """Every line that was written of the time from `since` to `until` (seconds since 1970).

    There may be lines of some time before and after; a header line of an object is among them.
    """
    return (
        _of_group(session, store, since, until) if store.group else _of_bucket(session, store, since, until)
    )


def _of_group(session: Session, store: Store, since: float, until: float) -> Iterator[str]:
    events = session.pages(
        "logs",
        "filter_log_events",
        "events",
        logGroupName=store.group,
        startTime=int(since * 1000),
        endTime=int(until * 1000),
    )
    for event in events:
        yield str(event.get("message", "")).strip()


def _of_bucket(session: Session, store: Store, since: float, until: float) -> Iterator[str]:
    begin = datetime.fromtimestamp(since, UTC)
    for day in _days(begin - _MARGIN, datetime.fromtimestamp(until, UTC) + _MARGIN):
        prefix = "/".join(filter(None, (store.prefix.strip("/"), day.strftime(store.folders))))
        for one in session.pages("s3", "list_objects_v2", "Contents", Bucket=store.bucket, Prefix=prefix):
            if one["LastModified"] >= begin:
                yield from _object(session, store, str(one["Key"]))


def _object(session: Session, store: Store, key: str) -> Iterator[str]:
    where = f"s3://{store.bucket}/{key}"
    if key.endswith(".parquet"):
        hint = "make a flow log with FileFormat=plain-text beside it"
        raise Unfinished("a log in the Parquet format is not read", where, hint)
    body = session.ask("s3", "get_object", Bucket=store.bucket, Key=key)["Body"]
    try:
        data = b"".join(blocks(body))
    except Failure as failure:
        raise failure.error("an object of a log could not be read whole", where) from None
    try:
        text = gzip.decompress(data) if key.endswith(".gz") else data
        yield from text.decode("utf-8").splitlines()
    except (OSError, EOFError, ValueError):
        raise Unfinished("an object of a log can't be unpacked", where) from None


def _days(first: datetime, last: datetime) -> Iterator[datetime]:
    day = first.replace(hour=0, minute=0, second=0, microsecond=0)
    while day <= last:
        yield day
        day += timedelta(days=1)
