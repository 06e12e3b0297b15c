"""What SQLite and PostgreSQL have in common, in SQLAlchemy Core: schema, migrations, reading and the unit of work."""
