"""Floor 0: what a run leaves behind."""
