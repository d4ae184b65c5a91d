"""Files and rules in, findings out."""
