"""`pipegauge rebuild`: everything that was computed, computed anew from the stored events and the catalog of now."""
