"""Alembic's entry: runs the migrations on the connection that `database/migrate.py` hands in, a transaction each."""

from alembic import context


def run() -> None:
    """Run them. There is no offline mode (`--sql`): the first migration makes a secret, which no script may carry."""
    connection = context.config.attributes.get("connection")
    if connection is None:
        raise RuntimeError("These migrations run online: use `smtp-activity migrate`.")
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


run()
