"""A response whose body is a packed file (sitemap.xml.gz) in, the same with the file's text out.

What a server packs for the way (Content-Encoding) is undone by the transport; here the file itself is.
"""

from __future__ import annotations

import zlib
from dataclasses import replace

from portability.crawl.responses import Response
from portability.crawl.transport import LARGEST

_GZIP = b"\x1f\x8b"
_TYPES = {".xml": "application/xml", ".txt": "text/plain"}


def unpacked(response: Response, largest: int = LARGEST) -> tuple[Response, str]:
    """The response with its text, and why it is not whole; as it is where it is no packed text."""
    path = response.url.partition("?")[0].lower()
    kind = next((kind for end, kind in _TYPES.items() if path.endswith(f"{end}.gz")), "")
    if not kind or not response.body.startswith(_GZIP):
        return response, ""
    stream = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        body = stream.decompress(response.body, largest)
    except zlib.error:
        return response, "its packed file is broken"
    problem = "" if stream.eof else f"only the first {len(body)} bytes of its packed file were looked at"
    told = tuple(one for one in response.headers if one[0].lower() != "content-type")
    return replace(response, headers=(*told, ("Content-Type", kind)), body=body), problem
