"""One vendor, one file or folder: each offers its `SOURCE`, found by presence."""
