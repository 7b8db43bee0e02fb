"""One network per adapter; nothing else in the house knows a client library."""
