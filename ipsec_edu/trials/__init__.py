"""Many runs instead of one: sweeps over settings, and every single and double failure."""
