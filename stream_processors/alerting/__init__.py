"""Who is alerted of what: which alerts a point concerns, their states, and their words."""
