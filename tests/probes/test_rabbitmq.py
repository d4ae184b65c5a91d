"""Two brokers may bear one cluster's name; the beacon or their networks tell them apart."""

from __future__ import annotations

from portability.asking.verdicts import Result
from tests.probes.replies import expected, judged, probe, told

MARKS = {"cluster_name": "rabbit@shop", "vhost": "/"}


def test_productions_cluster_name_fails_where_nothing_speaks_for_the_replica() -> None:
    reply = told("127.0.0.1:5672", marks=MARKS, beacon=None)
    check = judged(probe("rabbitmq"), reply, expected("b", {"queue": MARKS}))
    assert (check.result, check.production) == (Result.FAIL, True)


def test_a_copy_of_productions_broker_that_holds_the_beacon_passes() -> None:
    reply = told("127.0.0.1:5672", marks=MARKS, beacon=True)
    assert judged(probe("rabbitmq"), reply, expected("b", {"queue": MARKS})).result is Result.PASS


def test_another_vhost_is_another_service() -> None:
    reply = told("127.0.0.1:5672", marks={**MARKS, "vhost": "/loadtest"}, beacon=True)
    assert judged(probe("rabbitmq"), reply, expected("b", {"queue": MARKS})).result is Result.PASS


def test_a_refused_login_still_tells_whose_address_it_was() -> None:
    check = judged(probe("rabbitmq"), told(step="login", error="403 ACCESS_REFUSED", marks=MARKS))
    assert check.result is Result.INCONCLUSIVE
    assert "403 ACCESS_REFUSED" in check.reason
