"""Alembic's entry point. Retold hands it a connection; offline it is given a dialect's name."""

from alembic import context

from retold.store.schema import version_table

connection = context.config.attributes.get("connection")
if connection is None:
    context.configure(
        dialect_name=context.config.attributes.get("dialect", "sqlite"),
        version_table=version_table,
        as_sql=True,
        literal_binds=True,
    )
else:
    # The caller's transaction holds the lock that keeps two upgrades apart.
    context.configure(connection=connection, version_table=version_table, transactional_ddl=False)

with context.begin_transaction():
    context.run_migrations()
