"""A simulated company and its deliveries: what `pipegauge demo` shows, and what proves that its numbers are true."""
