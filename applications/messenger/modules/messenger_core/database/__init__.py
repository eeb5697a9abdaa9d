"""The database as everything above uses it: connections, tables, statements, transactions. Must not live here: what a row means."""
