"""Floor 4: what a device prints: `show` commands and log lines."""
