"""How much goes to staff and how much to the crew: the steps, what they would do, and what corrections tell."""
