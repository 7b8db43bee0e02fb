"""Trials of the delivery promise: kill everything, then ask one checker what became of it."""
