"""Moderation, before anything is public."""
