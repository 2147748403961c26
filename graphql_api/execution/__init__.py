"""The fast path: an operation is compiled once and run many times. It adds no behaviour, and may be taken out."""
