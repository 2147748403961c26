"""How it is read and written: all SQL lives here. Knows nothing of HTTP, GraphQL or log formats."""
