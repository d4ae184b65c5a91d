"""Tests of the verification's pure parts; end_to_end/ runs the whole."""
