"""Values: their forms, arithmetic, and the clocks and calendars of a zone."""
