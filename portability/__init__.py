"""Find what ties a PHP monolith to production, move it into environment-keyed config, prove it."""

__version__ = "0.1.0"
