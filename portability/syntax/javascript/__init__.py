"""Scripts, cut without a parser."""
