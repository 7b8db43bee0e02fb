"""Saying it through the brand's account, once."""
