"""Floor 6: the stage, its static twin and the controls of a notebook."""
