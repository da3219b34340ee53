"""How fast it is: ratios against what a reader could use instead, measured side by side."""
