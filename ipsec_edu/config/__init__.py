"""Floor 3: configuration text to settings, one grammar per platform; a lab folder to a network."""
