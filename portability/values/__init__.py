"""What an environment holds for each key, where it is kept, and the files that its readers get."""
