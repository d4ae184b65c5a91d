"""A commit and rendered files in, a release in its folder out, and the way back."""
