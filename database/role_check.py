"""What the database's role may do beyond the service's needs: whatever goes wrong should reach no further than rows."""

from database.pool import AnyConnection

# What may this session's role do? Reads the catalogue only. The predefined roles are those that reach the server's
# files and programs, or every table there is.
_EXCESS = """
select
    rolsuper as superuser,
    rolcreaterole or rolcreatedb or rolreplication or rolbypassrls as attributes,
    (select pg_has_role(relowner, 'MEMBER') from pg_class where oid = 'smtp_activity'::regclass) as tables,
    has_schema_privilege(current_schema(), 'CREATE') or has_database_privilege(current_database(), 'CREATE') as objects,
    exists (
        select from pg_roles as predefined
        where predefined.rolname in (
            'pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files',
            'pg_read_all_data', 'pg_write_all_data'
        ) and pg_has_role(predefined.oid, 'MEMBER')
    ) as beyond
from pg_roles where rolname = current_user
"""
_WORDS = {
    "attributes": "manage roles, databases or replication",
    "tables": "own the tables",
    "objects": "create objects",
    "beyond": "reach other tables or the server's files",
}


async def excess_of_role(connection: AnyConnection) -> tuple[str, ...]:
    """What the role that is connected may do and should not, in words; nothing when it is as `migrate` grants it.

    On a migrated database.
    """
    (may,) = await connection.fetch(_EXCESS)
    if may["superuser"]:
        return ("do everything: it is a superuser",)
    return tuple(words for name, words in _WORDS.items() if may[name])
