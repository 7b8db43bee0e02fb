"""Which posts say the same: copies, and other words for one issue."""
