"""The benchmarks of `make bench`: one file each, one report line each."""
