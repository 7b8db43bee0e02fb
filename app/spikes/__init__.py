"""Spikes: how much is usually heard, and when far more is heard than that."""
