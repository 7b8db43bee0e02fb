"""Rules of the brand: where posts go that triage alone would send elsewhere."""
