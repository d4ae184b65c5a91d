"""The only maker of AWS clients: a profile and region in, clients, pages, the account and clear errors out.

Credentials, profile and endpoints are found as every AWS tool finds them (AWS_PROFILE, AWS_ENDPOINT_URL
and so on), the region in AWS_REGION too, which boto3 alone does not read. boto3 is imported when the
first client is made.
"""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from typing import Any

from portability.errors import PortabilityError, Refused, Unfinished, UsageError
from portability.system.awsanswers import is_foreign

ATTEMPTS = 6
"""Tries of one call, with pauses that grow, before throttling or a broken connection is told."""

_CONNECT, _READ = 5, 20
"""Seconds to wait for a connection, and for an answer."""


class Kind(StrEnum):
    """Why a call failed."""

    MISSING = "missing"
    DENIED = "denied"
    KEY_DENIED = "key denied"
    EXPIRED = "expired"
    UNKNOWN = "unknown credentials"
    ABSENT = "no credentials"
    NO_REGION = "no region"
    THROTTLED = "throttled"
    UNREACHABLE = "unreachable"
    EXISTS = "exists"
    NOT_INSTALLED = "not installed"
    DELETED = "marked for deletion"
    CLOCK = "wrong clock"
    FAULT = "AWS's own fault"
    OTHER = "other"


class Failure(Exception):
    """Why a call failed, in our words: `kind` as below, the service's own code, and what to do about it.

    `said` is the service's own message. It may quote what was sent, so it is looked at and never printed.
    """

    def __init__(self, kind: Kind, code: str = "", problem: str = "", hint: str = "", said: str = "") -> None:
        said, advice = _SAID.get(kind, (f"AWS answered with {code}", ""))
        super().__init__(problem or said)
        self.kind = kind
        self.code = code
        self.problem = problem or said
        self.hint = hint or advice
        self.said = said

    @property
    def passing(self) -> bool:
        """Whether the next time may be better, without anybody mending anything."""
        return self.kind in (Kind.THROTTLED, Kind.UNREACHABLE, Kind.FAULT, Kind.OTHER)

    def error(self, message: str, where: str = "") -> PortabilityError:
        """The error to raise: a wrong account or right must be mended, anything else may pass by itself."""
        return (Unfinished if self.passing else UsageError)(f"{message}: {self.problem}", where, self.hint)


_CODES = {
    Kind.MISSING: "ResourceNotFoundException ParameterNotFound ParameterVersionNotFound",
    Kind.DENIED: "AccessDeniedException AccessDenied UnauthorizedOperation OptInRequired NotAuthorized",
    Kind.KEY_DENIED: "DecryptionFailure EncryptionFailure InvalidKeyId KMSAccessDeniedException "
    "DisabledException KMSDisabledException KMSNotFoundException KMSInvalidStateException",
    Kind.EXPIRED: "ExpiredToken ExpiredTokenException RequestExpired TokenRefreshRequired",
    Kind.UNKNOWN: "UnrecognizedClientException InvalidClientTokenId InvalidAccessKeyId IncompleteSignature "
    "SignatureDoesNotMatch InvalidSignatureException MissingAuthenticationToken AuthFailure",
    Kind.THROTTLED: "ThrottlingException Throttling ThrottledException TooManyRequestsException SlowDown "
    "RequestLimitExceeded ProvisionedThroughputExceededException TooManyUpdates",
    Kind.EXISTS: "ParameterAlreadyExists ResourceExistsException",
    Kind.CLOCK: "RequestTimeTooSkewed",
    Kind.FAULT: "InternalFailure InternalError InternalServerError InternalServerException "
    "ServiceUnavailable ServiceUnavailableException 500 502 503 504",
}
_BY_CODE = {code: kind for kind, codes in _CODES.items() for code in codes.split()}
_SAID = {
    Kind.MISSING: ("it is not there", ""),
    Kind.DENIED: ("access is denied", "give this role the right to read it, or use the role that has it"),
    Kind.KEY_DENIED: (
        "its encryption key (KMS) can't be used",
        "give this role kms:Decrypt on the key, or name the right key",
    ),
    Kind.EXPIRED: ("the AWS credentials have expired", "log in again, such as by aws sso login"),
    Kind.UNKNOWN: (
        "AWS doesn't know these credentials",
        "see which ones are in use: aws sts get-caller-identity; a wrong clock looks the same",
    ),
    Kind.ABSENT: ("there are no AWS credentials here", "give the machine a role, or set AWS_PROFILE"),
    Kind.NO_REGION: (
        "no AWS region is named",
        "say secrets.region, or binding.region of the environment, in portability.yaml, or set AWS_REGION",
    ),
    Kind.CLOCK: (
        "this machine's clock is wrong by more than five minutes",
        "set the clock (timedatectl set-ntp true), then run this again",
    ),
    Kind.FAULT: ("AWS failed by itself", "see AWS's own status page, and try again in some minutes"),
    Kind.THROTTLED: ("AWS takes no more calls now (throttling)", "try again in a minute"),
    Kind.UNREACHABLE: ("AWS can't be reached", "is the network there, and the region's name right?"),
    Kind.EXISTS: ("there is one of that name already", ""),
    Kind.DELETED: ("it is marked for deletion", "restore it, or choose another name"),
    Kind.NOT_INSTALLED: ("the AWS part is not installed", "pip install 'portability-toolkit[aws]'"),
}


def client(service: str, region: str | None = None, profile: str | None = None) -> Any:
    """A client of `service` (`ssm`, `secretsmanager`, `sts`) in `region`, kept for the next call.

    Failure where boto3 is not installed, or no region is known.
    """
    return _client(service, region or os.environ.get("AWS_REGION") or None, ATTEMPTS, profile)


@cache
def _client(service: str, region: str | None, attempts: int, profile: str | None = None) -> Any:
    try:
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError

        config = Config(
            retries={"mode": "adaptive", "total_max_attempts": attempts},
            connect_timeout=_CONNECT,
            read_timeout=_READ,
            user_agent_extra="portability",
        )
        made = _boto3_session(region, profile).client(service, config=config)
    except ImportError:
        raise Failure(Kind.NOT_INSTALLED) from None
    except ValueError:
        raise Failure(Kind.UNREACHABLE, problem="no address of AWS can be made", hint=_ADDRESS) from None
    except BotoCoreError as error:
        raise _failure(error) from None
    made.meta.events.register("after-call", _refuse_foreign)
    return made


@cache
def _boto3_session(region: str | None, profile: str | None) -> Any:
    """One of boto3's sessions, kept, since each looks for its credentials anew."""
    import boto3
    from botocore.session import Session as Core

    core = Core(profile=profile)
    core.register_component("data_loader", _loader())
    return boto3.session.Session(region_name=region, botocore_session=core)


@cache
def _loader() -> Any:
    """What reads the models of AWS's services, once for all sessions: that takes longer than most calls."""
    from botocore.loaders import create_loader

    return create_loader()


def forget() -> None:
    """Drops the clients and what is known of the caller: credentials or region may be others now."""
    for kept in (_client, _boto3_session, _account, _seen_account):
        kept.cache_clear()


_ADDRESS = "is AWS_ENDPOINT_URL a URL, and the region one of AWS's?"
_CUT = "what answers is not AWS, or its answer was cut off: a proxy may stand between"


@cache
def _raised() -> tuple[type[Exception], ...]:
    """What a call may raise; the last four are botocore's own, of an answer that is not the service's."""
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    wrong = (KeyError, AttributeError, TypeError, ValueError)
    return (Failure, BotoCoreError, ClientError, ResponseParserError, *wrong)


def _refuse_foreign(http_response: Any, parsed: dict[str, Any], model: Any, **_: object) -> None:
    """What botocore calls with each answer that came over the wire."""
    came = http_response.raw is not None and http_response.status_code < 300
    if came and not model.has_streaming_output and is_foreign(http_response.content, parsed, model):
        raise ValueError


def call(function: Callable[..., Any], needs: str, **arguments: Any) -> Any:
    """The answer of one call of a client's, which holds one of `needs`; Failure, without a value, else."""
    try:
        answer = function(**arguments)
    except _raised() as error:
        raise _failure(error) from None
    if not any(name in answer for name in needs.split()):
        raise Failure(Kind.UNREACHABLE, problem=_CUT)
    return answer


_MAKING = threading.Lock()
"""Held while a client is made: boto3's sessions are for one thread, its clients for many."""

_TOKENS = (("NextToken", "NextToken"), ("NextMarker", "Marker"), ("Marker", "Marker"))
"""What an answer calls the place to go on from, and what the next question calls it."""


@dataclass(frozen=True, slots=True)
class Session:
    """One account, as a profile (None: as AWS's own tools find credentials), asked in one region.

    `side` is what messages call the account. `calls` counts the answers by `service:Operation`. Any
    failed call ends the reading: the error names the call and what to do.
    """

    side: str
    region: str
    profile: str | None = None
    calls: Counter[str] = field(default_factory=Counter)

    def at(self, region: str) -> Session:
        """The same account asked in another region; its calls are counted together."""
        return replace(self, region=region)

    def ask(self, service: str, operation: str, **arguments: Any) -> dict[str, Any]:
        """The answer of one call (`operation` as boto3 spells it: describe_db_clusters)."""
        return next(self._answers(service, operation, arguments, once=True))

    def ask_if_there(self, service: str, operation: str, absent: str, **arguments: Any) -> dict[str, Any]:
        """The same; {} where the service answers with one of the codes `absent`: nothing is set."""
        answers = self._answers(service, operation, arguments, once=True, absent=tuple(absent.split()))
        return next(answers, {})

    def pages(self, service: str, operation: str, found: str, **arguments: Any) -> Iterator[Any]:
        """The parts of the list `found` (`A.B` for one inside another) of all pages of what is listed."""
        for answer in self._answers(service, operation, arguments):
            part: Any = answer
            for name in found.split("."):
                part = part.get(name) or {}
            yield from part

    def account(self) -> str:
        """The account's number."""
        return str(self.ask("sts", "get_caller_identity").get("Account", ""))

    def _client(self, service: str) -> Any:
        with _MAKING:
            return _client(service, self.region, ATTEMPTS, self.profile)

    def _answers(
        self,
        service: str,
        operation: str,
        arguments: dict[str, Any],
        once: bool = False,
        absent: tuple[str, ...] = (),
    ) -> Iterator[dict[str, Any]]:
        action = operation
        try:
            client = self._client(service)
            action = client.meta.method_to_api_mapping[operation]
            if once or not client.can_paginate(operation):
                answers = _by_token(client, operation, arguments, once)
            else:
                answers = iter(client.get_paginator(operation).paginate(**arguments))
            for answer in answers:
                self.calls[f"{service}:{action}"] += 1
                yield answer
        except _raised() as error:
            failure = _failure(error)
            if failure.code and failure.code in absent:
                return
            where = ", ".join(filter(None, (self.profile and f"profile {self.profile}", self.region)))
            raise failure.error(f"{self.side} could not be read whole ({service}:{action})", where) from None


def _by_token(client: Any, operation: str, arguments: dict[str, Any], once: bool) -> Iterator[dict[str, Any]]:
    """All answers of an operation that boto3 has no paginator for, or its only one."""
    token: dict[str, Any] = {}
    while True:
        answer = getattr(client, operation)(**arguments, **token)
        yield answer
        token = next(({taken: answer[given]} for given, taken in _TOKENS if answer.get(given)), {})
        if once or not token:
            return


def blocks(body: Any) -> Iterator[bytes]:
    """The parts of an object of S3's, as its answer gives them; Failure where it is cut off."""
    try:
        yield from iter(lambda: body.read(1 << 20), b"")
    except _raised() as error:
        raise _failure(error) from None


def region_of(client: Any) -> str:
    """The region that a client asks."""
    return str(client.meta.region_name)


def account(region: str | None = None) -> str:
    """The account number of whoever calls, asked once; Failure where it can't be told."""
    return _account(region or os.environ.get("AWS_REGION") or None)


@cache
def _account(region: str | None, attempts: int = ATTEMPTS) -> str:
    client = _client("sts", region or "us-east-1", attempts)
    return str(call(client.get_caller_identity, "Account")["Account"])


def whereabouts(client: Any) -> str:
    """Where a client looks, for a message about what is not there: the account, if known, and region."""
    region = region_of(client)
    account = _seen_account(region)
    return f"account {account}, {region}" if account else region


@cache
def _seen_account(region: str) -> str:
    """The account, asked for once and shortly, since a network may let nothing but the store through."""
    try:
        return _account(region, 1)
    except Failure:
        return ""


def refuse_other_account(wanted: str, what: str, where: str, region: str | None = None) -> None:
    """Refused where whoever calls is in another account than `wanted`; Unfinished where that is unknown."""
    try:
        found = account(region)
    except Failure as failure:
        raise Unfinished(
            f"{what} belongs to AWS account {wanted}, and it can't be told whether this is it: "
            f"{failure.problem}",
            where,
            failure.hint,
        ) from None
    if found != wanted:
        raise Refused(
            f"{what} belongs to AWS account {wanted}, and this is {found}",
            where,
            "use the credentials of the right account",
        )


def _failure(error: Exception) -> Failure:
    """What a call raised, in our words: botocore's own may quote what was sent."""
    from botocore.exceptions import BotoCoreError, ClientError

    if isinstance(error, Failure):
        return error
    if not isinstance(error, BotoCoreError | ClientError):
        return Failure(Kind.UNREACHABLE, problem=_CUT)
    response = getattr(error, "response", None)
    told = response.get("Error", {}).get("Message") if isinstance(response, dict) else None
    kind, code = _kind(error)
    return Failure(kind, code, said=str(told or ""))


def _kind(error: Exception) -> tuple[Kind, str]:
    from botocore import exceptions as known

    if isinstance(error, known.ClientError):
        answer = error.response.get("Error", {})
        code, message = str(answer.get("Code", "an unknown error")), str(answer.get("Message", ""))
        return kind_of(code, message), code
    name = type(error).__name__
    if isinstance(error, known.NoRegionError):
        return Kind.NO_REGION, name
    if isinstance(error, known.NoCredentialsError | known.PartialCredentialsError | known.ProfileNotFound):
        return Kind.ABSENT, name
    if isinstance(error, known.TokenRetrievalError | known.SSOError | known.CredentialRetrievalError):
        return Kind.EXPIRED, name
    broken = known.HTTPClientError | known.EndpointConnectionError | known.IncompleteReadError
    if isinstance(error, broken | known.InvalidRegionError):
        return Kind.UNREACHABLE, name
    return Kind.OTHER, name


def kind_of(code: str, message: str = "") -> Kind:
    """The kind of a service's error: what is denied may be the key that encrypts, which the message tells."""
    code = code.rpartition("#")[2].partition(":")[0]
    kind = _BY_CODE.get(code, Kind.OTHER)
    if kind in (Kind.UNKNOWN, Kind.EXPIRED) and (
        "Signature expired" in message or "not yet current" in message
    ):
        return Kind.CLOCK
    if code == "InvalidRequestException" and "delet" in message:
        return Kind.DELETED
    about_key = "kms" in message.lower() or "ciphertext refers to" in message.lower()
    return Kind.KEY_DENIED if kind == Kind.DENIED and about_key else kind
