"""PHP source text: what its literals are, how they read the environment, where the guard line goes."""
