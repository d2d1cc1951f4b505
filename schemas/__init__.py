"""What travels through pipegauge: the contracts that every other folder imports."""
