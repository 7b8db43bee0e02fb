"""How well triage does on posts whose labels are known: the table of `make grade`."""
