"""A repository's real history, read with git and posted as signed deliveries of the source `git`."""
