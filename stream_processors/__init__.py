"""What events mean: facts joined into observations, observations rolled into windows, windows into metric points."""
