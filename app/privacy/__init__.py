"""Privacy: what was erased stays erased, whatever backup is put back."""
