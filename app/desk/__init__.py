"""Staff's screens over cases, replies and publishing."""
