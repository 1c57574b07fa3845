"""The index of jobs: SQLite through SQLAlchemy, one writer, migrated at start."""
