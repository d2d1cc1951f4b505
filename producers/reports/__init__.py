"""Formats of reports, one file each; a module's REPORT is posted to /reports/<its name>."""
