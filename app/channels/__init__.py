"""The networks outside, and the brand accounts we are allowed to use on them."""
