"""Where pipegauge runs: the command line, the embedded parts, the demo."""
