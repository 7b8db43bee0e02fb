"""Vetted community members who answer."""
