"""Floor 1: the forwarding table and the routing protocols."""
