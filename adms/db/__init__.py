"""Django's PostgreSQL backend, which first sees to it that the embedded server runs."""
