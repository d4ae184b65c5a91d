"""Prices by a stand-in for AWS's Price List, whose questions and answers botocore's model of it checks.

It never met the live list: that the fields and usage types are those of the real offers is taken from its
published files.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator

import pytest

from portability.campaign.billing import Product
from portability.campaign.pricelist import Price, endpoint, price, prices
from portability.errors import PortabilityError
from portability.system import aws
from tests.campaign.price_list import PriceList
from tests.clouding import credentials
from tests.modelled import Problem, Service, serving

BALANCER = Product(
    "AWSELB", "eu-west-1", (("productFamily", "Load Balancer-Application"),), "LoadBalancerUsage"
)
NAT = Product("AmazonEC2", "eu-west-1", (("productFamily", "NAT Gateway"),), "NatGateway-Hours")
NONE = Product("AmazonEC2", "eu-west-1", (("productFamily", "Teapot"),), "TeapotUsage")


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> Iterator[PriceList]:
    made = PriceList()
    with serving(made.service) as address:
        credentials(monkeypatch, address)
        yield made
    aws.forget()
    assert made.service.wrong == []


def session(region: str = "eu-west-1") -> aws.Session:
    return aws.Session("the account of loadtest", region)


def test_all_pages_are_read_and_what_only_looks_like_it_is_left_out(listed: PriceList) -> None:
    found = prices(session(), [BALANCER, NAT, BALANCER, NONE])
    assert found[BALANCER] == Price(0.0252)
    assert found[NAT] == Price(0.048)
    assert (found[NONE].amount, found[NONE].why) == (None, "the Price List names no price of an hour for it")
    asked = [given for _, given in listed.service.asked]
    first = next(given for given in asked if given["ServiceCode"] == "AWSELB")
    assert {"Type": "TERM_MATCH", "Field": "regionCode", "Value": "eu-west-1"} in first["Filters"]
    assert first["FormatVersion"] == "aws_v1"
    pages = [given.get("NextToken") for given in asked if given["ServiceCode"] == "AWSELB"]
    assert pages == [None, "2"]  # Each once, with its pages.


def test_two_prices_are_no_price(listed: PriceList) -> None:
    double = copy.deepcopy(next(one for one in listed.listed if "NatGateway-Hours" in str(one)))
    double["terms"]["OnDemand"] = {
        "x": {"priceDimensions": {"y": {"unit": "Hrs", "pricePerUnit": {"USD": "0.9"}}}}
    }
    listed.listed.append(double)
    found = prices(session(), [NAT])[NAT]
    assert (found.amount, found.why) == (
        None,
        "the Price List names 2 prices for it: 0.0480 USD, 0.9000 USD",
    )


def test_the_first_price_is_taken_of_one_that_falls_with_use() -> None:
    steps = {
        "a": {"unit": "Hrs", "beginRange": "0", "pricePerUnit": {"USD": "0.5"}},
        "b": {"unit": "Hrs", "beginRange": "730", "pricePerUnit": {"USD": "0.4"}},
    }
    told = {
        "product": {"attributes": {"usagetype": "NatGateway-Hours"}},
        "terms": {"OnDemand": {"t": {"priceDimensions": steps}}},
    }
    assert price(NAT, [told]) == Price(0.5)


def test_a_currency_of_its_own_is_kept() -> None:
    step = {"a": {"unit": "Hrs", "pricePerUnit": {"CNY": "0.37"}}}
    told = {
        "product": {"attributes": {"usagetype": "NatGateway-Hours"}},
        "terms": {"OnDemand": {"t": {"priceDimensions": step}}},
    }
    assert price(NAT, [told]) == Price(0.37, "CNY")


@pytest.mark.parametrize("text", ["no json", "[]", '{"product": 5}', '{"terms": {}}'])
def test_a_form_that_is_not_known_is_told(text: str) -> None:
    assert price(NAT, [text]).why == "the Price List answers in a form that is not known here"


def test_the_list_is_asked_where_it_is() -> None:
    asked = {"eu-west-1": "eu-central-1", "ap-southeast-2": "ap-south-1", "us-west-2": "us-east-1"}
    assert {region: endpoint(region) for region in asked} == asked
    assert endpoint("sa-east-1") == "us-east-1"


def test_a_right_that_lacks_is_told_with_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(given: object) -> dict[str, object]:
        raise Problem("AccessDeniedException", "User: arn:aws:iam::444455556666:role/x is not authorized")

    service = Service("pricing", {"GetProducts": denied})
    with serving(service) as address:
        credentials(monkeypatch, address)
        with pytest.raises(PortabilityError, match=r"pricing:GetProducts\): access is denied") as told:
            prices(session(), [NAT])
    aws.forget()
    assert "444455556666" not in str(told.value)
