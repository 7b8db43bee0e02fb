"""The roof: the processes which work while nobody looks; they import the house, and the house never imports them."""
