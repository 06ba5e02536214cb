"""What every app stands on: accounts and authority areas, audit, clock, events, live push, errors. Knows no network."""
