"""A plan in, a changed tree out: all of it, or none."""
