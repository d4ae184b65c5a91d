"""What is looked for: rules, the expressions that find them, and the hosts that are generally known."""
