"""A cluster or database of production's in, what makes the replica's in CloudFormation out."""

from __future__ import annotations

from typing import Any

from portability.inventory.missing.draft import Draft, Template
from portability.inventory.missing.sizing import capacity, fewer, smaller
from portability.inventory.resource import Resource

_SAME = "EngineVersion StorageEncrypted StorageType Port CopyTagsToSnapshot BackupRetentionPeriod".split()


def cluster(draft: Draft, one: Resource) -> None:
    """The cluster, its writer, and as many readers as the factor leaves."""
    facts = one.facts
    members = sorted(draft.members.get(one.place, ()), key=lambda m: (m.names[0].role != "writer", m.id))
    scaling = facts.get("ServerlessV2ScalingConfiguration") or {}
    logical = draft.add(
        one.title,
        "Cluster",
        "AWS::RDS::DBCluster",
        {
            "DBClusterIdentifier": draft.name(one.title),
            "Engine": facts.get("Engine"),
            **_same(facts),
            "DatabaseName": facts.get("DatabaseName"),
            **_login(facts),
            "DBClusterParameterGroupName": _group(draft, one, facts.get("DBClusterParameterGroup"), True),
            **_placed(draft),
            "EnableIAMDatabaseAuthentication": facts.get("IAMDatabaseAuthenticationEnabled"),
            "EnableCloudwatchLogsExports": facts.get("EnabledCloudwatchLogsExports"),
            "ServerlessV2ScalingConfiguration": {
                key: capacity(float(value), draft.factor)
                for key, value in scaling.items()
                if key in ("MinCapacity", "MaxCapacity")
            },
        },
        last=True,
    )
    draft.made[one.id] = logical
    readers = [m for m in members if m.names and m.names[0].role == "reader"]
    kept = [m for m in members if m not in readers] + readers[: fewer(len(readers), draft.factor)]
    for number, member in enumerate(kept):
        _member(draft, one, member, logical, number)
    if not members:
        draft.left_out(one, "no instance of it was seen; the cluster is made without one")


def _member(draft: Draft, whole: Resource, one: Resource, cluster_: str, number: int) -> None:
    """One instance of a cluster; they are made one after another, so that the first is the writer."""
    facts = one.facts
    group = (facts.get("DBParameterGroups") or [{}])[0].get("DBParameterGroupName")
    logical = draft.add(
        whole.title,
        "Writer" if number == 0 else "Reader",
        "AWS::RDS::DBInstance",
        {
            "DBInstanceIdentifier": draft.name(one.title),
            "DBClusterIdentifier": {"Ref": cluster_},
            "DBInstanceClass": smaller(facts.get("DBInstanceClass", ""), draft.factor),
            "Engine": facts.get("Engine"),
            "DBParameterGroupName": _group(draft, one, group, False),
            "PubliclyAccessible": False,
            "PromotionTier": facts.get("PromotionTier"),
        },
        last=True,
    )
    if number == 0:
        draft.made[f"{cluster_} writer"] = logical
    elif writer := draft.made.get(f"{cluster_} writer"):
        draft.resources[logical]["DependsOn"] = writer


def instance(draft: Draft, one: Resource) -> None:
    """A database that is no part of a cluster; a read replica of one reads the replica's own source."""
    facts = one.facts
    source = str(facts.get("ReadReplicaSourceDBInstanceIdentifier") or "")
    group = (facts.get("DBParameterGroups") or [{}])[0].get("DBParameterGroupName")
    properties: Template = {
        "DBInstanceIdentifier": draft.name(one.title),
        "DBInstanceClass": smaller(facts.get("DBInstanceClass", ""), draft.factor),
        "PubliclyAccessible": False,
    }
    if source:
        known = draft.made.get(source)
        held = {"Ref": known} if known else draft.pairs.get(source)
        if not held:
            draft.left_out(one, "it reads from a database that the replica does not have")
            return
        properties |= {"SourceDBInstanceIdentifier": held, "VPCSecurityGroups": _security(draft)}
    else:
        properties |= {
            "Engine": facts.get("Engine"),
            **_same(facts),
            **_login(facts),
            "Port": str(facts["Endpoint"]["Port"]) if (facts.get("Endpoint") or {}).get("Port") else None,
            "DBName": facts.get("DBName"),
            "AllocatedStorage": str(facts.get("AllocatedStorage") or ""),
            "Iops": facts.get("Iops") if str(facts.get("StorageType", "")).startswith("io") else None,
            "MultiAZ": facts.get("MultiAZ"),
            "LicenseModel": facts.get("LicenseModel"),
            "DBParameterGroupName": _group(draft, one, group, False),
            "EnableCloudwatchLogsExports": facts.get("EnabledCloudwatchLogsExports"),
            "DBSubnetGroupName": {"Ref": _subnets(draft)},
            "VPCSecurityGroups": _security(draft),
        }
    draft.made[one.id] = draft.add(one.title, "Database", "AWS::RDS::DBInstance", properties, last=True)


def _same(facts: Any) -> Template:
    """What is taken over as it is; Aurora's storage has kinds of its own."""
    same = {key: facts.get(key) for key in _SAME}
    aurora = str(facts.get("Engine", "")).startswith("aurora")
    if aurora and not str(same["StorageType"] or "").startswith("aurora"):
        same.pop("StorageType")
    return same


def _login(facts: Any) -> Template:
    """A login whose password RDS makes and keeps in Secrets Manager."""
    return {"MasterUsername": facts.get("MasterUsername"), "ManageMasterUserPassword": True}


def _placed(draft: Draft) -> Template:
    return {"DBSubnetGroupName": {"Ref": _subnets(draft)}, "VpcSecurityGroupIds": _security(draft)}


def _security(draft: Draft) -> Template:
    return draft.parameter("SecurityGroupIds")


def _subnets(draft: Draft) -> str:
    """The one group of subnets for all databases."""
    properties = {
        "DBSubnetGroupDescription": "The replica's databases",
        "SubnetIds": draft.parameter("SubnetIds"),
    }
    return draft.once(
        "db subnets", lambda: draft.add("Database", "Subnets", "AWS::RDS::DBSubnetGroup", properties)
    )


def _group(draft: Draft, one: Resource, name: object, of_cluster: bool) -> Any:
    """The parameter group: AWS's own by its name, a person's made anew with the parameters that were set."""
    text = str(name or "")
    if not text or text.startswith("default"):
        return text
    logical = draft.once(f"parameters {of_cluster} {text}", lambda: _new_group(draft, one, text, of_cluster))
    return {"Ref": logical} if logical else None


def _new_group(draft: Draft, one: Resource, name: str, of_cluster: bool) -> str:
    """The logical id of a group with what people set; '' where they set nothing, and AWS's own is as good."""
    session = draft.session(one)
    kind = "db_cluster" if of_cluster else "db"
    word = "DBClusterParameterGroup" if of_cluster else "DBParameterGroup"
    group = session.ask("rds", f"describe_{kind}_parameter_groups", **{f"{word}Name": name})
    listed = session.pages(
        "rds", f"describe_{kind}_parameters", "Parameters", Source="user", **{f"{word}Name": name}
    )
    values = {p["ParameterName"]: p["ParameterValue"] for p in listed if p.get("ParameterValue") is not None}
    if not values:
        return ""
    family = (group.get(f"{word}s") or [{}])[0].get("DBParameterGroupFamily")
    properties = {"Description": "As production's", "Family": family, "Parameters": values}
    return draft.add(name, "Parameters", f"AWS::RDS::{word}", properties)
