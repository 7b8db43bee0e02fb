"""What staff must handle themselves."""
