"""What a text is and whose: from literals to claims, pure."""
