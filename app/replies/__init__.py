"""What people write for one mention."""
