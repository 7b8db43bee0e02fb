"""Points, seasons, boards."""
