"""`pipegauge doctor`: is everything as it should be, one line a check, and what to do where it is not."""
