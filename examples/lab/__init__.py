"""The lab: production and its replica on one machine, real servers, a router between, no way out.

On a terminal `python -m examples.lab up`, then `status`, `exec replica -- COMMAND` and `down`; in a test:

    with Lab(tmp_path, rabbitmq=False) as lab:
        lab.serve("replica", "path/to/application", {"APP_ENV": "loadtest"})
        lab.fetch("replica", "http://www.lt-starclub.example/").status
        lab.packets()["replica", "production"]

Both sides serve examples/fanclub from the start; the replica's copy is rewritten by
examples/stage/loadtest-values.yaml. `addresses` holds the address plan.
"""

from examples.lab.addresses import REPLICA, SIDES, address
from examples.lab.client import Lab
from examples.lab.errors import LabError, LabUnavailable
from examples.lab.health import Health

__all__ = ["REPLICA", "SIDES", "Health", "Lab", "LabError", "LabUnavailable", "address"]
