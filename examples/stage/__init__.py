"""The stage: the fan-club application on real servers, in namespaces that nothing can leave."""

from examples.stage.client import Stage
from examples.stage.messages import Request, Response, Result, StageUnavailable

__all__ = ["Request", "Response", "Result", "Stage", "StageUnavailable"]
