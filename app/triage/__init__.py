"""Where a mention should go: signals, verdicts and their reasons."""
