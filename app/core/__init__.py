"""What every floor stands on: the clock, money, the database, the unit of work."""
