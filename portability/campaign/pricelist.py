"""Products in, what AWS's Price List says an hour of each costs out; "unknown" with the reason is an answer.

Source: GetProducts of the Price List Query API, format aws_v1: each product is JSON, with terms.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from portability.campaign.billing import Product
from portability.system.aws import Session

ENDPOINTS = {"eu": "eu-central-1", "me": "eu-central-1", "af": "eu-central-1", "ap": "ap-south-1"}
"""The regions that the list is asked in, by the beginning of the replica's; any other asks us-east-1."""

_HOURS = ("hr", "hrs", "hour", "hours", "acu-hr", "acu-hrs", "acu-hour", "acu-hours")
_REGION = "(?:[A-Z]+[0-9]*-)?"
"""What a usage type begins with outside of Virginia: EU-, EUW2-, APN1-."""


@dataclass(frozen=True, slots=True)
class Price:
    """An hour of one unit, in a currency; without an amount, `why` tells why it is unknown."""

    amount: float | None
    currency: str = "USD"
    why: str = ""


def endpoint(region: str) -> str:
    """The region in which the list is asked for a region's prices."""
    return ENDPOINTS.get(region.partition("-")[0], "us-east-1")


def prices(session: Session, products: Iterable[Product]) -> Mapping[Product, Price]:
    """The price of each, asked for once; PortabilityError where the list can't be read."""
    found: dict[Product, Price] = {}
    for one in products:
        if one not in found:
            at = session.at(endpoint(one.region))
            wanted = [("regionCode", one.region), *one.fields]
            filters = [{"Type": "TERM_MATCH", "Field": name, "Value": value} for name, value in wanted]
            listed = at.pages(
                "pricing",
                "get_products",
                "PriceList",
                ServiceCode=one.service,
                Filters=filters,
                FormatVersion="aws_v1",
            )
            found[one] = price(one, listed)
    return found


def price(product: Product, listed: Iterable[Any]) -> Price:
    """The one price among the products that the list told."""
    amounts: dict[tuple[Decimal, str], str] = {}
    for text in listed:
        try:
            told = json.loads(text) if isinstance(text, str) else text
            if _fits(product, told["product"].get("attributes", {})):
                for amount, currency in _hourly(told.get("terms", {})):
                    amounts[amount, currency] = str(told["product"].get("sku", ""))
        except (ValueError, TypeError, KeyError, AttributeError, InvalidOperation):
            return Price(None, why="the Price List answers in a form that is not known here")
    if not amounts:
        return Price(None, why="the Price List names no price of an hour for it")
    if len(amounts) > 1:
        shown = ", ".join(f"{amount:.4f} {currency}" for amount, currency in sorted(amounts)[:3])
        return Price(None, why=f"the Price List names {len(amounts)} prices for it: {shown}")
    ((amount, currency),) = amounts
    return Price(float(amount), currency)


def _fits(product: Product, attributes: Mapping[str, str]) -> bool:
    """Whether a product that the list told is the one that was meant."""
    if attributes.get("locationType", "AWS Region") != "AWS Region":
        return False
    if re.fullmatch(_REGION + product.usage, attributes.get("usagetype", "")) is None:
        return False
    return all(attributes.get(name, "").casefold() == value.casefold() for name, value in product.besides)


def _hourly(terms: Mapping[str, Any]) -> Iterator[tuple[Decimal, str]]:
    """The amounts of an hour on demand, from the first one on; what a reservation makes free is none."""
    for term in terms.get("OnDemand", {}).values():
        for one in term["priceDimensions"].values():
            if str(one.get("unit", "")).lower() not in _HOURS or one.get("beginRange", "0") not in ("0", ""):
                continue
            if "reserved instance applied" in str(one.get("description", "")).lower():
                continue
            for currency, amount in one["pricePerUnit"].items():
                if Decimal(amount) > 0:
                    yield Decimal(amount).normalize(), str(currency)
