"""Settings in, a Verification out: deploys a replica and proves from inside it where its traffic goes."""

from portability.verification.run import run
from portability.verification.scene import Options

__all__ = ["Options", "run"]
