"""Benchmarks: one file each, one report line each."""
