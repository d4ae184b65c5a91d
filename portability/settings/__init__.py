"""What a project says of itself in its committed YAML files: read, checked, and told with its line."""
