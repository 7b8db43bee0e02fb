"""Open mentions, as advocates see them."""
