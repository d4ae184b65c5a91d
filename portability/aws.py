"""The only maker of AWS clients: a region in, clients, the account and errors with clear words out.

Credentials, profile and endpoints are found as every AWS tool finds them (AWS_PROFILE, AWS_ENDPOINT_URL
and so on), the region in AWS_REGION too, which boto3 alone does not read. boto3 is imported when the
first client is made.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from enum import StrEnum
from functools import cache
from typing import Any

from portability.errors import PortabilityError, Refused, Unfinished, UsageError

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
    OTHER = "other"


class Failure(Exception):
    """Why a call failed, in our words: `kind` as below, the service's own code, and what to do about it."""

    def __init__(self, kind: Kind, code: str = "", problem: str = "", hint: str = "") -> None:
        said, advice = _SAID.get(kind, (f"AWS answered with {code}", ""))
        super().__init__(problem or said)
        self.kind = kind
        self.code = code
        self.problem = problem or said
        self.hint = hint or advice

    @property
    def passing(self) -> bool:
        """Whether the next time may be better, without anybody mending anything."""
        return self.kind in (Kind.THROTTLED, Kind.UNREACHABLE, Kind.OTHER)

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
    Kind.THROTTLED: ("AWS takes no more calls now (throttling)", "try again in a minute"),
    Kind.UNREACHABLE: ("AWS can't be reached", "is the network there, and the region's name right?"),
    Kind.EXISTS: ("there is one of that name already", ""),
    Kind.DELETED: ("it is marked for deletion", "restore it, or choose another name"),
    Kind.NOT_INSTALLED: ("the AWS part is not installed", "pip install 'portability-toolkit[aws]'"),
}


def client(service: str, region: str | None = None) -> Any:
    """A client of `service` (`ssm`, `secretsmanager`, `sts`) in `region`, kept for the next call.

    Failure where boto3 is not installed, or no region is known.
    """
    return _client(service, region or os.environ.get("AWS_REGION") or None, ATTEMPTS)


@cache
def _client(service: str, region: str | None, attempts: int) -> Any:
    try:
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError
    except ImportError:
        raise Failure(Kind.NOT_INSTALLED) from None
    config = Config(
        retries={"mode": "adaptive", "total_max_attempts": attempts},
        connect_timeout=_CONNECT,
        read_timeout=_READ,
        user_agent_extra="portability",
    )
    try:
        return boto3.session.Session(region_name=region).client(service, config=config)
    except BotoCoreError as error:
        raise _failure(error) from None


def forget() -> None:
    """Drops the clients and what is known of the caller: credentials or region may be others now."""
    _client.cache_clear()
    _account.cache_clear()
    _seen_account.cache_clear()


def call(function: Callable[..., Any], needs: str, **arguments: Any) -> Any:
    """The answer of one call of a client's, which holds one of `needs`; Failure, without a value, else."""
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    try:
        answer = function(**arguments)
    except ResponseParserError:
        answer = {}
    except (ClientError, BotoCoreError) as error:
        raise _failure(error) from None
    if not any(name in answer for name in needs.split()):
        raise Failure(Kind.UNREACHABLE, problem="what answers is not AWS: a proxy may stand between")
    return answer


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
    """What botocore raised, in our words: its own may quote what was sent."""
    return Failure(*_kind(error))


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
    if isinstance(error, known.HTTPClientError | known.EndpointConnectionError | known.InvalidRegionError):
        return Kind.UNREACHABLE, name
    return Kind.OTHER, name


def kind_of(code: str, message: str = "") -> Kind:
    """The kind of a service's error: what is denied may be the key that encrypts, which the message tells."""
    code = code.rpartition("#")[2].partition(":")[0]
    kind = _BY_CODE.get(code, Kind.OTHER)
    if code == "InvalidRequestException" and "delet" in message:
        return Kind.DELETED
    about_key = "kms" in message.lower() or "ciphertext refers to" in message.lower()
    return Kind.KEY_DENIED if kind == Kind.DENIED and about_key else kind
