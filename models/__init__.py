"""What is stored, and the pure rules about it. No I/O, and no knowledge of who asks."""
