"""An answer that botocore has parsed in, whether it is AWS's own and whole out: pure.

botocore reads a page of some proxy, and JSON that was cut off, as an answer in which nothing stands. For a
listing that would mean that nothing is there.
"""

from __future__ import annotations

import json
from typing import Any


def is_foreign(content: bytes, parsed: dict[str, Any], model: Any) -> bool:
    """Whether an answer of success is none of AWS's, or not whole; `model` is botocore's of the operation.

    AWS names each of its answers by a request id; where there is none, something must stand in it.
    """
    shape = model.output_shape
    if shape is None or not shape.members:
        return False
    payload = shape.serialization.get("payload")
    if "json" in model.service_model.metadata["protocol"] and not payload and not _is_object(content):
        return True
    told = parsed.get(payload) if payload else {k: v for k, v in parsed.items() if k != "ResponseMetadata"}
    return not told and not parsed.get("ResponseMetadata", {}).get("RequestId")


def _is_object(content: bytes) -> bool:
    try:
        return isinstance(json.loads(content or b"{}"), dict)
    except ValueError:
        return False
