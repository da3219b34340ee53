"""Floor 5: predictions, and exercises that run the learner's own answer."""
