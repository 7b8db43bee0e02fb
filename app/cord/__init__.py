"""The cord: rows that stop what would be said."""
