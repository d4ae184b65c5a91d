"""Every service of a deployed replica is asked who it is, on real servers."""

from __future__ import annotations

import json

from tests.probes.conftest import ENDPOINTS, SECRETS, Scene, cache, reader, sessions, writer


def test_a_replica_that_is_one_passes_quickly_and_tells_no_secret(scene: Scene) -> None:
    url = scene.deploy("right")
    probes = [writer(), reader(), cache(), sessions()]
    told = scene.order(url, probes=probes, endpoints=ENDPOINTS)
    results = {f"{check['area']} {check['name']}": check["result"] for check in told["checks"]}
    assert set(results.values()) == {"pass"}
    assert [name for name in results if name.startswith("identity ")] == [
        f"identity {probe['name']}" for probe in probes
    ]
    assert told["left"] == []
    assert told["seconds"] < 2
    assert not [secret for secret in SECRETS if secret in json.dumps(told)]
    assert scene.lab.sql("replica", "SHOW TABLES FROM starclub LIKE 'portability%'") == ""
