"""The PHP side by itself: which requests it takes for signed, nonces used once, the other end of a socket."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from portability.asking.questions import secret_digest, signature

FOLDER = Path(__file__).resolve().parents[2] / "portability" / "_php" / "probe"
KEY = bytes(range(32))
NONCE = "0123456789abcdef" * 2
BODY = b'{"operation":"ping"}'


def php(code: str, asked: object, *options: str) -> Any:
    """What a script says that has `$asked`."""
    files = ("given", "context", "link", "peers", "web")
    needed = "".join(f"require '{FOLDER / name}.php';" for name in files)
    begin = "namespace PortabilityProbe; $asked = json_decode(stream_get_contents(STDIN), true);"
    command = [
        "php",
        *options,
        "-r",
        f"{begin} {needed} echo json_encode((function ($asked) {{ {code} }})($asked));",
    ]
    done = subprocess.run(
        command, input=json.dumps(asked).encode(), capture_output=True, timeout=30, check=True
    )
    return json.loads(done.stdout)


def taken(cases: Sequence[tuple[str, str, str]]) -> list[str | None]:
    """For each method, header and body the nonce of the request, or None."""
    code = """
        $found = [];
        foreach ($asked['cases'] as [$method, $header, $body]) {
            $_SERVER['REQUEST_METHOD'] = $method;
            $found[] = authentic($asked['key'], utf8_decode_($header), utf8_decode_($body));
        }
        return $found;
    """.replace("utf8_decode_(", "\\iconv('UTF-8', 'ISO-8859-1', ")
    found: list[str | None] = php(code, {"key": KEY.hex(), "cases": cases})
    return found


def header(seconds: int, nonce: str = NONCE, body: bytes = BODY, key: bytes = KEY) -> str:
    expires = int(time.time()) + seconds
    return f"{expires} {nonce} {signature(key, expires, nonce, body)}"


def test_a_request_is_taken_within_its_two_minutes_only() -> None:
    lives = {-1: False, 0: False, 30: True, 118: True, 125: False, 10**9: False}
    found = taken([("POST", header(seconds), BODY.decode()) for seconds in lives])
    assert found == [NONCE if right else None for right in lives.values()]


def test_a_request_that_was_changed_anywhere_is_nobodys() -> None:
    right = header(60)
    cases = [("POST", right, BODY.decode())]
    for at in range(len(right)):
        for flip in (1, 2, 32, 128):
            cases.append(("POST", right[:at] + chr(ord(right[at]) ^ flip) + right[at + 1 :], BODY.decode()))
    for at in range(len(BODY)):
        changed = bytearray(BODY)
        changed[at] ^= 1
        cases.append(("POST", right, changed.decode()))
    cases += [("POST", right + end, BODY.decode()) for end in (" ", "0", "\n", "\r\nX: y")]
    cases += [
        ("GET", right, BODY.decode()),
        ("", right, BODY.decode()),
        ("POST", "", ""),
        ("POST", right, ""),
    ]
    cases += [
        ("POST", header(60, key=bytes(32)), BODY.decode()),
        ("POST", header(60, "0" * 31), BODY.decode()),
    ]
    found = taken(cases)
    assert found[0] == NONCE
    assert [case for case, nonce in zip(cases[1:], found[1:], strict=True) if nonce is not None] == []


def test_a_nonce_is_used_once_and_its_memory_can_be_missing(tmp_path: Path) -> None:
    code = "foreach ($asked['nonces'] as $one) { $found[] = unused($asked['key'], $one); } return $found;"
    asked = {"key": KEY.hex(), "nonces": ["a", "b", "a", "c", "b"]}
    here = ("-d", f"sys_temp_dir={tmp_path}")
    assert php(code, asked, *here) == [True, True, False, True, False]
    assert php(code, asked, *here) == [False] * 5
    assert php(code, {**asked, "key": "other"}, *here)[:2] == [True, True]
    assert php(code, asked, "-d", f"sys_temp_dir={tmp_path / 'nowhere'}") == [None] * 5


def test_old_nonces_are_forgotten(tmp_path: Path) -> None:
    code = "return unused($asked['key'], $asked['nonce']);"
    here = ("-d", f"sys_temp_dir={tmp_path}")
    assert php(code, {"key": "k", "nonce": "a"}, *here) is True
    (file,) = tmp_path.iterdir()
    file.write_text(f"{int(time.time()) - 1} old\n{int(time.time()) + 60} young\n")
    assert php(code, {"key": "k", "nonce": "b"}, *here) is True
    assert [line.split()[1] for line in file.read_text().splitlines()] == ["young", "b"]


@pytest.mark.parametrize(("family", "host"), ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")))
def test_the_other_end_of_a_new_connection_is_found(family: socket.AddressFamily, host: str) -> None:
    place = f"[{host}]" if ":" in host else host
    code = """
        $before = peers_now();
        $stream = stream_socket_client('tcp://' . $asked['place']);
        return [peer_since($before, $asked['port']), peer_since(peers_now(), $asked['port'])];
    """
    with socket.create_server((host, 0), family=family) as server:
        port = server.getsockname()[1]
        assert php(code, {"place": f"{place}:{port}", "port": port}) == [f"{place}:{port}", ""]


def test_secrets_are_told_as_digests_and_blotted_out_of_every_text() -> None:
    code = """
        $given = new Given($asked['parameters'], 'AppEnv', '');
        $given->hide('Fake-Role-Secret');
        return [$given->told($asked['key'], 'salt'), $given->blotted($asked['texts'])];
    """
    parameters = {"user": {"text": "shop"}, "password": {"text": "Fake-Pw"}, "secret_key": {"text": "ab"}}
    texts = ["shop has Fake-Pw!", {"deep": ["Fake-Role-Secret", 7, None]}, "ab", "about"]
    told, blotted = php(code, {"key": KEY.hex(), "parameters": parameters, "texts": texts})
    assert told["user"] == "shop"
    assert told["password"] == {"digest": secret_digest(KEY, "salt", "Fake-Pw")}
    assert blotted == ["shop has ********!", {"deep": ["********", 7, None]}, "********", "about"]
