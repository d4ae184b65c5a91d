"""A source bundle in, a processed version out; one of the same label is used if it is the same."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from portability.beanstalk.calls import EB, S3, is_taken, passes
from portability.beanstalk.pace import Pace
from portability.beanstalk.permitted import Place, untold
from portability.errors import Refused, Unfinished, UsageError
from portability.system.aws import Failure, Kind, blocks

LARGEST = 512 * 1024 * 1024
"""Bytes that a source bundle may have."""
LIMIT = 600.0
"""Seconds that a version may be looked through by the service."""

Tell = Callable[[str], object]


def label_of(commit: str, digest: str) -> str:
    """The label of a version: the commit and the bundle, so that equal ones are the same version."""
    return f"lt-{commit[:12]}-{digest[:8]}"


def ensure(place: Place, label: str, file: Path, digest: str, pace: Pace, tell: Tell) -> bool:
    """Makes the version unless it is there; whether it was. Each failure says that nothing was switched."""
    if file.stat().st_size > LARGEST:
        words = f"the bundle has {file.stat().st_size >> 20} MiB, and Elastic Beanstalk takes 512"
        raise UsageError(
            words, place.where, "mark what a release doesn't need export-ignore in .gitattributes"
        )
    try:
        found = place.caller.version(place.application, label)
        reused = found is not None
        if found is None:
            reused = _create(place, label, file, digest, tell)
        if reused:
            _same(place, label, digest)
            tell(f"version {label} is there already, with the same bundle")
        _wait(place, label, pace, tell)
    except Failure as failure:
        message = f"the version {label} can't be made; nothing was switched"
        raise untold(failure, message, place.where) from None
    return reused


def _create(place: Place, label: str, file: Path, digest: str, tell: Tell) -> bool:
    """Uploads the bundle and registers it; True where somebody else did that in the meantime."""
    caller = place.caller
    bucket = caller.ask(EB, "create_storage_location", "S3Bucket")["S3Bucket"]
    key = f"{place.application}/{label}.zip"
    tell(f"uploading {file.stat().st_size >> 10} KiB to {bucket}/{key}")
    with file.open("rb") as body:
        caller.ask(
            S3,
            "put_object",
            "ETag",
            Bucket=bucket,
            Key=key,
            Body=body,
            ChecksumAlgorithm="SHA256",
            ChecksumSHA256=_checksum(digest),
            ExpectedBucketOwner=place.account,
        )
    try:
        caller.ask(
            EB,
            "create_application_version",
            "ApplicationVersion",
            ApplicationName=place.application,
            VersionLabel=label,
            Description="made by portability",
            SourceBundle={"S3Bucket": bucket, "S3Key": key},
            Process=True,
        )
    except Failure as failure:
        # An answer that was lost, and a second try of it, look like somebody else's work.
        if not is_taken(failure) and not passes(failure):
            raise
        if caller.version(place.application, label) is None:
            raise
        return True
    tell(f"version {label} is registered")
    return False


def _same(place: Place, label: str, digest: str) -> None:
    """Refused where the version of that label was made of another bundle."""
    found = place.caller.version(place.application, label) or {}
    source: Mapping[str, Any] = found.get("SourceBundle", {})
    hint = f"delete the version {label} in the application {place.application}, then run this again"
    if not source.get("S3Bucket") or bundle_digest(place, source) != digest:
        words = f"there is a version {label}, and it was made of another bundle; nothing was switched"
        raise Refused(words, place.where, hint)


def bundle_digest(place: Place, source: Mapping[str, Any]) -> str:
    """The sha256 in hex of what a version was made of, by S3's own checksum or by reading it; '' for none."""
    names = {"Bucket": source["S3Bucket"], "Key": source["S3Key"], "ExpectedBucketOwner": place.account}
    try:
        told = place.caller.ask(S3, "head_object", "ContentLength", ChecksumMode="ENABLED", **names)
        if told.get("ChecksumSHA256") and told.get("ChecksumType", "FULL_OBJECT") == "FULL_OBJECT":
            return base64.b64decode(told["ChecksumSHA256"]).hex()
        body = place.caller.ask(S3, "get_object", "Body", **names)["Body"]
        found = hashlib.sha256()
        for block in blocks(body):
            found.update(block)
        return found.hexdigest()
    except Failure as failure:
        if failure.kind is Kind.MISSING or failure.code in ("404", "NoSuchKey", "NoSuchBucket"):
            return ""
        raise


def _checksum(digest: str) -> str:
    return base64.b64encode(bytes.fromhex(digest)).decode("ascii")


def _wait(place: Place, label: str, pace: Pace, tell: Tell) -> None:
    """Waits until the version is processed; the model and the service spell the states differently."""
    started, troubled = pace.now(), False
    hint = "see its events in the console of Elastic Beanstalk, and delete the version"
    while True:
        try:
            found = place.caller.version(place.application, label)
            status = str((found or {}).get("Status", "gone")).casefold()
        except Failure as failure:
            if not passes(failure):
                raise
            status = "" if troubled else "unknown"
            if not troubled:
                tell(f"the version's state can't be read now: {failure.problem}")
            troubled = True
        if status in ("processed", "unprocessed"):
            return
        if status == "failed":
            words = f"Elastic Beanstalk could not process the version {label}; nothing was switched"
            raise Unfinished(words, place.where, hint)
        if status == "gone":
            words = f"the version {label} has disappeared while it was processed; nothing was switched"
            raise Unfinished(words, place.where, "does somebody, or a lifecycle rule, delete versions?")
        if pace.now() - started > LIMIT:
            words = f"the version {label} was not processed within {LIMIT:.0f} s; nothing was switched"
            raise Unfinished(words, place.where, hint)
        pace.pause()
