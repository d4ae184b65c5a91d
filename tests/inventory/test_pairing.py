"""Which resource of the replica's stands for which of production's, and what is left to people."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portability.errors import UsageError
from portability.inventory.pairing import Pairing, Rule, pair
from portability.inventory.resource import Resource
from portability.inventory.wording import squeezed, words
from portability.settings.accounts import Pair

BOTH = (words("production", (), "111122223333", ["eu-west-1"]), words("loadtest", (), "444455556666"))
BUCKET = "AWS::S3::Bucket"


def one(
    title: str,
    logical: str = "",
    tags: Mapping[str, str] | None = None,
    kind: str = BUCKET,
    stack: str = "",
    parent: str = "",
) -> Resource:
    return Resource(kind, title, title, tags=tags or {}, logical=logical, stack=stack, parent=parent)


def told(found: Pairing) -> set[tuple[str, str, str]]:
    return {(p.production.title, p.replica.title, p.rule.value) for p in found.pairs}


def test_the_rules_go_in_their_order() -> None:
    theirs = [one("a"), one("b-prod", "Uploads"), one("c-prod", tags={"app": "mail"}), one("d-prod")]
    ours = [one("x"), one("y", "Uploads"), one("z", tags={"app": "mail"}), one("d-lt")]
    found = pair(theirs, ours, [Pair("a", "x")], BOTH)
    assert told(found) == {
        ("a", "x", "the settings"),
        ("b-prod", "y", "logical id"),
        ("c-prod", "z", "tags"),
        ("d-prod", "d-lt", "name"),
    }
    assert (found.unpaired, found.ambiguous, found.spare) == ((), (), ())


def test_tags_are_compared_without_those_that_tell_environments_apart() -> None:
    theirs = [one("a", tags={"app": "mail", "Env": "production", "Name": "a", "aws:x": "1"})]
    ours = [one("b", tags={"app": "mail", "environment": "loadtest"})]
    assert told(pair(theirs, ours, [], BOTH)) == {("a", "b", "tags")}


def test_a_rule_that_several_fit_narrows_the_choice_for_the_next() -> None:
    same = {"app": "shop"}
    theirs = [one("shop-prod-a", tags=same), one("shop-prod-b", tags=same)]
    ours = [one("shop-lt-b", tags=same), one("shop-lt-a", tags=same), one("shop-a")]
    found = pair(theirs, ours, [], BOTH)
    assert told(found) == {("shop-prod-a", "shop-lt-a", "name"), ("shop-prod-b", "shop-lt-b", "name")}


def test_two_candidates_are_told_and_never_chosen_from() -> None:
    found = pair([one("shop-prod")], [one("shop-lt"), one("shop-loadtest")], [], BOTH)
    assert found.pairs == ()
    assert [c.title for c in found.ambiguous[0].candidates] == ["shop-loadtest", "shop-lt"]
    contested = pair([one("shop-prod"), one("shop-live")], [one("shop-lt")], [], BOTH)
    assert (contested.pairs, len(contested.ambiguous)) == ((), 2)


def test_the_stacks_decide_between_equal_logical_ids() -> None:
    theirs = [one("1", "Queue", stack="shop-prod"), one("2", "Queue", stack="forum-prod")]
    ours = [one("3", "Queue", stack="forum-lt"), one("4", "Queue", stack="shop-lt")]
    found = pair(theirs, ours, [], BOTH)
    assert {(p.production.title, p.replica.title) for p in found.pairs} == {("1", "4"), ("2", "3")}


def test_types_are_never_mixed_but_by_people() -> None:
    theirs = [one("shop-prod")]
    ours = [one("shop-lt", kind="AWS::SQS::Queue")]
    assert pair(theirs, ours, [], BOTH).unpaired == tuple(theirs)
    assert told(pair(theirs, ours, [Pair("shop-prod", "shop-lt")], BOTH)) == {
        ("shop-prod", "shop-lt", "the settings")
    }


def test_a_part_is_stood_for_by_the_pair_of_the_whole() -> None:
    kind, whole = "AWS::RDS::DBInstance", "AWS::RDS::DBCluster"
    theirs = [one("c-prod", kind=whole), one("c-prod-7", kind=kind, parent="c-prod")]
    found = pair(theirs, [one("c-lt", kind=whole)], [], BOTH)
    assert ("c-prod-7", "c-lt", Rule.PART.value) in told(found)
    assert found.unpaired == ()


def test_a_part_is_no_part_of_something_else_with_the_same_id() -> None:
    theirs = [
        one("shop", kind="AWS::ElastiCache::ReplicationGroup"),
        one("shop-1", kind="AWS::RDS::DBInstance", parent="shop"),
    ]
    found = pair(theirs, [one("shop-lt", kind="AWS::ElastiCache::ReplicationGroup")], [], BOTH)
    assert [r.title for r in found.unpaired] == ["shop-1"]


def test_people_can_say_that_there_is_to_be_none() -> None:
    found = pair([one("reports")], [], [Pair("reports", reason="nobody reads them")], BOTH)
    assert [(r.title, why) for r, why in found.excused] == [("reports", "nobody reads them")]
    assert found.unpaired == ()


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (Pair("gone", "shop-lt", where="portability.yaml:9"), "production has no such resource"),
        (Pair("shop-prod", "gone", where="portability.yaml:9"), "the replica has no such resource"),
    ],
)
def test_a_pair_of_what_is_not_there_is_an_error_with_its_place(said: Pair, message: str) -> None:
    with pytest.raises(UsageError) as error:
        pair([one("shop-prod")], [one("shop-lt")], [said], BOTH)
    assert message in error.value.message
    assert error.value.where == "portability.yaml:9"


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("shop-prod-writer", "shop-lt-writer"),
        ("shop-writer", "shop-loadtest-writer"),
        ("ShopProdOrders", "ShopLtOrders"),
        ("uploads-111122223333-eu-west-1", "uploads-444455556666"),
        ("/shop/production/KEY", "/shop/load-test/KEY"),
        ("prod.shop.example", "lt.shop.example"),
    ],
)
def test_names_are_equal_but_for_the_environment(theirs: str, ours: str) -> None:
    assert squeezed(theirs, BOTH[0]) == squeezed(ours, BOTH[1])


@pytest.mark.parametrize(("theirs", "ours"), [("shop-a", "shop-b"), ("product", "uct"), ("alta", "aa")])
def test_a_word_inside_another_is_no_environment(theirs: str, ours: str) -> None:
    assert squeezed(theirs, BOTH[0]) != squeezed(ours, BOTH[1])


_TITLES = st.lists(
    st.sampled_from(["a", "a-prod", "a-lt", "b", "b-lt", "prod", "c-9"]), max_size=6, unique=True
)
_LOGICAL = st.sampled_from(["", "", "X", "Y"])


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from("ab-prod b-lt a-x".split()), _LOGICAL), max_size=6), _TITLES)
def test_each_resource_is_told_once_and_stands_for_one(
    marked: list[tuple[str, str]], ours: list[str]
) -> None:
    theirs = [one(f"{title}{number}", logical) for number, (title, logical) in enumerate(marked)]
    replica = [one(title, "X" if number == 0 else "") for number, title in enumerate(ours)]
    found = pair(theirs, replica, [], BOTH)
    told_of = [p.production for p in found.pairs] + [a.production for a in found.ambiguous]
    assert sorted(r.title for r in (*told_of, *found.unpaired)) == sorted(r.title for r in theirs)
    standing = [p.replica.title for p in found.pairs]
    assert len(standing) == len(set(standing))
