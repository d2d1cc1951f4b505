"""The metrics: one file each, found by presence."""

from importlib import import_module
from pkgutil import iter_modules

from stream_processors.metric import Metric

METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (import_module(f"{__name__}.{module.name}").METRIC for module in iter_modules(__path__))
}
"""Every metric by its name."""
