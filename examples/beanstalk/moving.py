"""What has come about since the last call: versions are processed, and deploys end as their course says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from examples.beanstalk.state import Environment, State


def move(state: State, deploy: Callable[[Environment], str]) -> None:
    """Bring every version and environment to where it is now.

    `deploy` lets a version run for real and returns why that failed, or ''.
    """
    now = state.clock()
    for version in state.versions.values():
        if version.status.upper() == "PROCESSING" and now >= version.done_at:
            version.status = version.ends
    for environment in state.environments.values():
        update = environment.update
        if update is not None and update.seen and now >= update.seen:
            environment.status, environment.health = "Updating", "Grey"
            environment.update = update = replace(update, seen=0.0)
            state.tell("INFO", "Environment update is starting.", environment)
        if update is not None and now >= update.ends and not update.course.hangs:
            _end(state, environment, deploy)


def _end(state: State, environment: Environment, deploy: Callable[[Environment], str]) -> None:
    update = environment.update
    assert update is not None
    course = update.course
    environment.updated = state.clock()
    if course.vanishes:
        state.tell("INFO", "terminateEnvironment completed successfully.", environment)
        environment.status, environment.health, environment.update = "Terminated", "Grey", None
        return
    if course.aborted:
        state.tell("INFO", "Environment update was aborted.", environment)
        environment.status, environment.update = "Ready", None
        environment.healths = list(course.health)
        return
    before = environment.label, environment.settings
    failure = "Return code: 1 Output: (TRUNCATED)...hook failed." if course.fails else ""
    if not failure:
        environment.label, environment.settings = update.label, dict(update.settings)
        failure = deploy(environment)
    if failure:
        environment.label, environment.settings = before
        words = f"[Instance: i-fake0000000000000] Command failed on instance. {failure}"
        state.tell("ERROR", words, environment, course.late)
        state.tell("ERROR", "Failed to deploy application.", environment, course.late)
        if course.late:
            environment.label = update.label
    else:
        state.tell("INFO", "New application version was deployed to running EC2 instances.", environment)
        state.tell("INFO", "Environment update completed successfully.", environment)
    if course.label:
        environment.label = course.label
    environment.update = None
    environment.status = "Ready"
    environment.healths = list(course.health)
