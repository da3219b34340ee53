"""Floor 5: the bundled labs, one folder each."""
