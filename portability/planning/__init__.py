"""Findings and decisions in, the edits that would be made out; nothing is written."""
