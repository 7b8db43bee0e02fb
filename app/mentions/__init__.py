"""What was said about the brand."""
