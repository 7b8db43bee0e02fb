"""Ovation on one machine: the servers it brings up for itself, and everything under one process manager."""
