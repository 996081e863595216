//! The only place with SQL: SQLite and PostgreSQL
