"""Hooks and fixtures of the whole test suite: see rules_plugin and shop_fixtures."""

pytest_plugins = ["tests.rules_plugin", "tests.shop_fixtures"]
