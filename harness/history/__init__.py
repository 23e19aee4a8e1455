"""What was run before: every run with its cells, in SQLite or PostgreSQL."""
