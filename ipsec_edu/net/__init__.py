"""Floor 2: clock, cables, segments, interfaces and nodes; the driver from cores to the clock."""
