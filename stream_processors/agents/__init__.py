"""The Faust agents: thin shells that hand records and ticks to the pure core."""
