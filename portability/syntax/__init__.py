"""What source text says and how it is written, a file a format or a shared tool: beneath the languages."""
