"""Worked examples: the fan-club application and the stage that serves it."""
