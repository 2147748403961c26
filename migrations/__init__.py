"""How the tables came to be: written by hand, loaded by Alembic, imported by nobody."""
