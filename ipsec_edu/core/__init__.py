"""Floor 0: addresses, errors, causes, seeded randomness and state-machine tables."""
