"""Where the machine allows it the lab has many groups, so that a job's packets are known by its own."""

from __future__ import annotations

import json
import os
import sys

from examples.lab import Lab, mapping
from tests.lab.conftest import ROOT

AS_ROOT = mapping.has_range()
GUARDED = """
import json, sys
from ipaddress import ip_network
from pathlib import Path
from portability.guard import nftables
from portability.asking.jobs import can_tag, group_ids, run
from portability.settings.replica import Job
from portability.asking.territory import Territory
territory = Territory(
    production_networks=(ip_network("10.20.0.0/24"), ip_network("fd00:20::/64")),
    replica_networks=(ip_network("10.30.0.0/24"), ip_network("fd00:30::/64")),
    allowed=(ip_network("10.40.0.53/32"),),
)
connect = "fclose(fsockopen($argv[1], 3306));"
jobs = [Job(name, ("php", "-r", connect, host)) for name, host in zip(("leaky", "fine"), sys.argv[1:])]
ids = group_ids(job.name for job in jobs) if can_tag() else {}
paths = {"PATH": "/usr/bin:/bin"}
with nftables.open(territory, ids) as guard:
    codes = [run(job, Path("/"), paths, ids.get(job.name), lambda group: None).code for job in jobs]
    flows = [[str(f.address), f.port, str(f.zone), f.tag] for f in guard.counts().flows]
print(json.dumps({"tagged": bool(ids), "codes": codes, "flows": flows}))
"""


def test_the_lab_has_many_groups_where_the_machine_lets_it(lab: Lab) -> None:
    ids = lab.run("replica", ["cat", "/proc/self/gid_map"]).stdout.split()
    assert ids == ([b"0", b"0", b"65536"] if AS_ROOT else [b"0", str(os.getegid()).encode(), b"1"])
    assert lab.run("replica", ["id", "-u"]).stdout == b"0\n"


def test_a_guard_in_the_replica_names_the_job_that_reached_production(lab: Lab) -> None:
    production, replica = (lab.address(side, "writer") for side in ("production", "replica"))
    before = lab.packets()["replica", "production"]
    done = lab.run("replica", [sys.executable, "-c", GUARDED, production, replica], cwd=ROOT)
    assert done.code == 0, done.stderr.decode()
    told = json.loads(done.stdout)
    assert (told["tagged"], told["codes"]) == (AS_ROOT, [0, 0])
    # What other tests left half closed may still be saying goodbye, under no job's name.
    leaky = [production, 3306, "production", "leaky" if AS_ROOT else ""]
    assert leaky in told["flows"]
    assert [flow for flow in told["flows"] if flow[3] and flow != leaky] == []
    assert lab.packets()["replica", "production"] > before
    assert lab.run("replica", ["nft", "list", "tables"]).stdout == b""
