"""One file a step, named by its revision; there is one head."""
