"""Source by source put to the test: files, clock and time zones for the kit of producers.conformance."""
