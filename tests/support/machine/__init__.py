"""What the tests take from the machine they run on: its PostgreSQL, MariaDB, Redis and node, and ports. Nothing of the product's."""
