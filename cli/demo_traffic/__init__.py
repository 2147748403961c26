"""Plausible traffic for the demo, as neutral events: made up from a seed, no I/O, reserved names and addresses only."""
