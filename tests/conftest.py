"""Hooks of the test suite: see rules_plugin."""

pytest_plugins = ["tests.rules_plugin"]
