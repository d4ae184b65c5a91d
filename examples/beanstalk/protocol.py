"""AWS's query protocol by botocore's own service model: a form in, checked parameters out, and XML back.

What the model doesn't know is refused, as is a text outside an enumeration, a length or a pattern: so a
caller that passes here speaks what the service speaks. An answer that the model doesn't know is a bug here;
only the letters' case is free, since the service writes PROCESSED where its model says Processed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any
from xml.sax.saxutils import escape


class ServiceError(Exception):
    """What the service answers instead: its code, its message and the status of HTTP."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


@cache
def service_model(name: str) -> Any:
    """Return botocore's model of a service."""
    from botocore.session import Session  # noqa: PLC0415 - only the process of a fake needs it

    return Session().get_service_model(name)


def parse(service: str, form: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """Return the operation that a form asks for and its parameters, as botocore would take them."""
    model = service_model(service)
    action = form.get("Action", "")
    if action not in model.operation_names:
        raise ServiceError("InvalidAction", f"Could not find operation {action} for version {_version(form)}")
    if form.get("Version") != model.api_version:
        raise ServiceError("InvalidAction", f"Could not find operation {action} for version {_version(form)}")
    rest = {name: value for name, value in form.items() if name not in ("Action", "Version")}
    shape = model.operation_model(action).input_shape
    parameters = _read(shape, "", rest) if shape is not None else {}
    if rest:
        unknown = ", ".join(sorted(rest))
        raise ServiceError("ValidationError", f"1 validation error detected: unknown parameter {unknown}")
    return action, parameters


def _version(form: Mapping[str, str]) -> str:
    return form.get("Version", "NO_VERSION_SPECIFIED")


def _read(shape: Any, at: str, form: dict[str, str]) -> Any:
    """Take what belongs to a shape out of the form."""
    if shape.type_name == "structure":
        found = {}
        for name, member in shape.members.items():
            place = f"{at}.{name}" if at else name
            if _has(place, form):
                found[name] = _read(member, place, form)
        for name in shape.required_members:
            if name not in found:
                raise _invalid("null", f"{at}.{name}".lstrip("."), "Member must not be null")
        return found
    if shape.type_name == "list":
        items: list[Any] = []
        form.pop(at, None)  # An empty list is sent as an empty text.
        while _has(place := f"{at}.member.{len(items) + 1}", form):
            items.append(_read(shape.member, place, form))
        _check_size(len(items), shape, at, f"[{len(items)} members]")
        return items
    return _scalar(shape, at, form.pop(at))


def _has(place: str, form: Mapping[str, str]) -> bool:
    return place in form or any(name.startswith(f"{place}.") for name in form)


def _scalar(shape: Any, at: str, text: str) -> Any:
    if shape.type_name == "boolean":
        if text not in ("true", "false"):
            raise _invalid(text, at, "Member must be a boolean")
        return text == "true"
    if shape.type_name in ("integer", "long"):
        if not re.fullmatch(r"-?\d+", text):
            raise _invalid(text, at, "Member must be a number")
        _check_size(int(text), shape, at, text)
        return int(text)
    if shape.type_name == "timestamp":
        try:
            return datetime.fromisoformat(text.replace("Z", "+00:00"))
        except ValueError:
            raise _invalid(text, at, "Member must be a timestamp") from None
    if shape.enum and text not in shape.enum:
        raise _invalid(text, at, f"Member must satisfy enum value set: [{', '.join(shape.enum)}]")
    _check_size(len(text), shape, at, text)
    return text


def _check_size(size: int, shape: Any, at: str, text: str) -> None:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and size < low:
        raise _invalid(text, at, f"Member must have length greater than or equal to {low}")
    if high is not None and size > high:
        raise _invalid(text, at, f"Member must have length less than or equal to {high}")
    pattern = shape.metadata.get("pattern")
    if pattern and isinstance(text, str) and not re.fullmatch(pattern, text):
        raise _invalid(text, at, f"Member must satisfy regular expression pattern: {pattern}")


def _invalid(value: str, at: str, rule: str) -> ServiceError:
    words = f"1 validation error detected: Value '{value}' at '{at}' failed to satisfy constraint: {rule}"
    return ServiceError("ValidationError", words)


def answer(service: str, action: str, result: Mapping[str, Any], request_id: str) -> bytes:
    """Return an answer as the model says that it looks."""
    model = service_model(service)
    shape = model.operation_model(action).output_shape
    inner = ""
    if shape is not None:
        wrapper = shape.serialization.get("resultWrapper", f"{action}Result")
        inner = f"<{wrapper}>{_structure(shape, result)}</{wrapper}>"
    namespace = model.metadata["xmlNamespace"]
    about = f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>"
    return f'<{action}Response xmlns="{namespace}">{inner}{about}</{action}Response>'.encode()


def failure(service: str, error: ServiceError, request_id: str) -> bytes:
    """Return a refusal in the shape that the service's refusals have."""
    namespace = service_model(service).metadata["xmlNamespace"]
    kind = "Sender" if error.status < 500 else "Receiver"
    inner = f"<Type>{kind}</Type><Code>{error.code}</Code><Message>{escape(error.message)}</Message>"
    return (
        f'<ErrorResponse xmlns="{namespace}"><Error>{inner}</Error>'
        f"<RequestId>{request_id}</RequestId></ErrorResponse>"
    ).encode()


def _structure(shape: Any, value: Mapping[str, Any]) -> str:
    unknown = set(value) - set(shape.members)
    if unknown:
        raise TypeError(f"{shape.name} has no {', '.join(sorted(unknown))}")
    parts = []
    for name, member in shape.members.items():
        if value.get(name) is not None:
            tag = member.serialization.get("name", name)
            parts.append(f"<{tag}>{_written(member, value[name])}</{tag}>")
    return "".join(parts)


def _written(shape: Any, value: Any) -> str:
    if shape.type_name == "structure":
        return _structure(shape, value)
    if shape.type_name == "list":
        return "".join(f"<member>{_written(shape.member, item)}</member>" for item in value)
    if shape.type_name == "map":
        entries = (
            f"<entry><key>{escape(str(k))}</key><value>{_written(shape.value, v)}</value></entry>"
            for k, v in value.items()
        )
        return "".join(entries)
    if shape.type_name == "boolean":
        return "true" if value else "false"
    if shape.type_name == "timestamp":
        return f"{datetime.fromtimestamp(value, UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"
    known = [one.casefold() for one in getattr(shape, "enum", ())]
    if known and str(value).casefold() not in known:
        raise TypeError(f"{value} is no {shape.name}")
    return escape(str(value))
