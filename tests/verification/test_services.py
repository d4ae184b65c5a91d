"""Sites that are asked before anything is in their caches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import ip_network

from portability.asking.identity import Ask, Asks, Expected, Outcome, Reply
from portability.asking.territory import Territory
from portability.settings.replica import ProbeSettings
from portability.verification.services import warmed

TERRITORY = Territory((ip_network("10.20.0.0/24"),), replica_networks=(ip_network("10.30.0.0/24"),))
HOSTS = {"www.lt-shop.example": {"chain": [], "addresses": ["10.30.0.10"]}}


class Cold(Asks):
    """An application whose pages take too long the first few times."""

    def __init__(self, cold: int) -> None:
        self.cold = cold
        self.asked = 0

    def ask(self, *told: object, **more: object) -> Reply:
        raise AssertionError("all sites are asked at once")

    def ask_many(self, asked: Sequence[Ask]) -> list[Reply]:
        return [self._one(one) for one in asked]

    def _one(self, asked: Ask) -> Reply:
        if asked.operation == "resolve":
            return Reply(Outcome.ANSWERED, {"step": "resolve", "hosts": HOSTS})
        self.asked += 1
        late: Mapping[str, str] = {"step": "ask", "error": "no answer came in time"}
        return Reply(Outcome.ANSWERED, late if self.asked <= self.cold else {"step": "done"})


def steps(cold: int) -> tuple[str, int]:
    asker = Cold(cold)
    site = ProbeSettings("www", "http", "site", {"host": "www.lt-shop.example"}, "portability.yaml:1")
    replies = warmed(asker, [site], {"www": Expected(TERRITORY)})
    return replies["www"].step, asker.asked


def test_a_site_that_is_late_once_is_asked_again_and_not_a_third_time() -> None:
    assert steps(cold=0) == ("done", 1)
    assert steps(cold=1) == ("done", 2)
    assert steps(cold=9) == ("ask", 2)
