"""What shows that production sees the same bytes, with the PHP interpreter as the witness."""
