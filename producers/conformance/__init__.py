"""What every source promises, a file a promise, and how to find out whether one keeps it. Pure."""
