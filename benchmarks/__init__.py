"""What pipegauge can do on the machine at hand (README.md)."""

import logging

# kafka-python tells of every broker that has only just started, or has ended with its run: it would hide the figures.
logging.getLogger("kafka").setLevel(logging.CRITICAL)
