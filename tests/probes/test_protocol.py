"""The deployed file answers nobody but the verifier, who believes nobody but the deployed file."""

from __future__ import annotations

import time
from typing import Any

import pytest

from portability.asking.questions import signature
from tests.probes.conftest import KEY, SITE, VALUES, Scene


@pytest.fixture(scope="session")
def url(scene: Scene) -> str:
    return scene.deploy("protocol")


def ping(scene: Scene, url: str, **more: Any) -> dict[str, Any]:
    reply: dict[str, Any] = scene.order(url, operation="ping", **more)["replies"][-1]
    return reply


def test_a_signed_question_is_answered_by_the_web_servers_own_php(scene: Scene, url: str) -> None:
    reply = ping(scene, url)
    assert (reply["outcome"], reply["facts"]["sapi"]) == ("answered", "apache2handler")


def test_another_key_gets_a_404_like_any_other(scene: Scene, url: str) -> None:
    reply = ping(scene, url, key=bytes(32).hex())
    assert reply["outcome"] == "404"
    assert reply["facts"] == {}


@pytest.mark.parametrize("method", ("GET", "POST"))
def test_whoever_does_not_sign_gets_a_404_that_gives_nothing_away(
    scene: Scene, url: str, method: str
) -> None:
    answer = scene.lab.fetch("replica", url, method, headers={"X-Portability": "1 2 3"})
    assert answer.status == 404
    assert b"ortability" not in answer.body
    assert answer.header("X-Portability") is None
    assert not [value for value in VALUES.values() if value.encode() in answer.body]


def test_a_question_is_answered_once(scene: Scene, url: str) -> None:
    order = {"operation": "ping", "nonce": f"{time.time_ns():032x}", "times": 2}
    first, second = scene.order(url, **order)["replies"]
    assert (first["outcome"], second["outcome"]) == ("answered", "404")


@pytest.mark.parametrize(("clock", "word"), ((300, "behind"), (-300, "ahead of")))
def test_clocks_five_minutes_apart_are_told_with_the_seconds(
    scene: Scene, url: str, clock: int, word: str
) -> None:
    reply = ping(scene, url, clock=clock)
    assert reply["outcome"] == "clocks differ"
    seconds = next(int(part) for part in reply["problem"].split() if part.isdigit())
    assert abs(seconds - 300) <= 3
    assert word in reply["problem"]


@pytest.mark.parametrize(
    ("name", "php", "outcome"),
    (
        ("unsigned", "echo '{}';", "wrong signature"),
        (
            "forged",
            "header('X-Portability: ' . str_repeat('0', 32) . ' ' . str_repeat('0', 64));",
            "wrong signature",
        ),
        ("broken", "http_response_code(500);", "broken answer"),
        ("moved", "header('Location: http://www.starclub.example/');", "broken answer"),
        ("hanging", "sleep(30);", "no answer in time"),
        (
            "old",
            "$n = str_repeat('0', 32); header('X-Portability: ' . $n . ' ' . "
            f"hash_hmac('sha256', \"reply\\n$n\\n{{}}\", '{KEY.hex()}')); echo '{{}}';",
            "answer to another question",
        ),
    ),
)
def test_each_wrong_answer_is_told_as_what_it_is(scene: Scene, name: str, php: str, outcome: str) -> None:
    scene.write(scene.lab.app("replica") / "public" / f"{name}.php", f"<?php {php}")
    reply = ping(scene, f"http://{SITE}/{name}.php", timeout=1.0 if name == "hanging" else 60.0)
    assert reply["outcome"] == outcome
    assert reply["problem"].startswith(f"http://{SITE}/{name}.php: ")
    assert reply["facts"] == {}


def test_where_nothing_listens_that_is_told(scene: Scene) -> None:
    reply = ping(scene, f"http://{SITE}:81/probe.php")
    assert reply["outcome"] == "unreachable"
    assert "connection refused" in reply["problem"]


@pytest.mark.parametrize("environment", ("production", "staging"))
def test_code_of_another_environment_answers_that_and_nothing_else(scene: Scene, environment: str) -> None:
    address = scene.deploy(f"env-{environment}", environment=environment)
    reply = ping(scene, address)
    assert reply["outcome"] == "another environment"
    assert reply["facts"] == {"step": "environment", "environment": environment}


def test_production_is_refused_even_where_it_is_asked_for(scene: Scene) -> None:
    address = scene.deploy("env-asked", environment="production")
    assert ping(scene, address, environment="production")["outcome"] == "another environment"


def test_values_that_are_not_rendered_are_told(scene: Scene) -> None:
    address = scene.deploy("empty")
    scene.shell('rm "$1"', "", str(scene.lab.app("replica") / "config" / "probe-empty" / "current.php"))
    reply = ping(scene, address)
    assert reply["outcome"] == "broken answer"
    assert "503" in reply["problem"]


def test_the_canary_is_one_short_attempt_to_connect(scene: Scene, url: str) -> None:
    before = scene.lab.packets()["replica", "production"]
    parameters = {"address": "10.20.0.250", "port": "9"}
    reply = scene.order(url, operation="canary", parameters=parameters)["replies"][0]
    assert reply["facts"]["connected"] is False
    assert 0 < scene.lab.packets()["replica", "production"] - before < 5


def test_the_deployed_file_can_set_no_beacon(scene: Scene, url: str) -> None:
    reply = scene.order(url, operation="seed")["replies"][0]
    assert reply["facts"]["step"] == "given"
    assert "not known here" in reply["facts"]["error"]


def signed(expires: int, body: bytes, nonce: str, key: bytes = KEY) -> str:
    return f"{expires} {nonce} {signature(key, expires, nonce, body)}"


def sent(scene: Scene, url: str, header: str, body: bytes, method: str = "POST") -> tuple[int, str]:
    """One request as it is written here, by curl inside of the replica: its status, and its answer."""
    command = [
        "curl",
        "-s",
        "-m",
        "20",
        "-X",
        method,
        "-H",
        f"X-Portability: {header}",
        "--data-binary",
        "@-",
    ]
    command += ["-H", "Content-Type: application/json", "-w", "\n%{http_code}", url]
    done = scene.lab.run("replica", command, stdin=body.decode())
    assert done.code == 0, done
    text, _, status = done.stdout.decode().rpartition("\n")
    return int(status), text


PING = b'{"operation": "ping", "environment": "loadtest"}'


def test_every_way_in_which_a_real_request_is_not_right_is_a_404_that_gives_nothing_away(
    scene: Scene, url: str
) -> None:
    """With the right key, on the real server: method, time, nonce, body and signature each for itself."""
    now = time.time_ns() // 10**9
    nonces = (f"{time.time_ns() + number:032x}" for number in range(100))
    used = next(nonces)
    right = signed(now + 60, PING, used)
    status, text = sent(scene, url, right, PING)
    assert (status, '"apache2handler"' in text) == (200, True)
    wrong = {
        "replayed": (right, PING, "POST"),
        "an old nonce, signed anew": (signed(now + 90, PING, used), PING, "POST"),
        "an old nonce, another question": (signed(now + 60, b"{}", used), b"{}", "POST"),
        "late": (signed(now - 1, PING, next(nonces)), PING, "POST"),
        "five minutes behind": (signed(now - 300 + 60, PING, next(nonces)), PING, "POST"),
        "five minutes ahead": (signed(now + 300 + 60, PING, next(nonces)), PING, "POST"),
        "too long a life": (signed(now + 130, PING, next(nonces)), PING, "POST"),
        "another key": (signed(now + 60, PING, next(nonces), bytes(32)), PING, "POST"),
        "another body": (signed(now + 60, PING, next(nonces)), PING + b" ", "POST"),
        "no signature": (f"{now + 60} {next(nonces)} ", PING, "POST"),
        "a signature of zeros": (f"{now + 60} {next(nonces)} {'0' * 64}", PING, "POST"),
    }
    for method in ("GET", "PUT", "PATCH", "DELETE", "OPTIONS"):
        wrong[method] = (signed(now + 60, PING, next(nonces)), PING, method)
    answers = {name: sent(scene, url, *case) for name, case in wrong.items()}
    assert {name for name, (code, _) in answers.items() if code != 404} == set()
    assert {text for _, text in answers.values()} == {answers["GET"][1]}
    assert "ortability" not in answers["GET"][1]
    assert sent(scene, url, signed(now + 60, PING, next(nonces)), PING)[0] == 200
