"""What every board is made of: panels over ClickHouse, the same variables, the same looks.

A panel's description ends with a line that says what would fill the panel: Grafana shows it in the panel's note, the
web board in the panel itself while it is empty.
"""

from dataclasses import dataclass
from typing import Any, TypeVar

from grafana_foundation_sdk.builders import bargauge, common, dashboard, stat, table, timeseries
from grafana_foundation_sdk.cog import builder, variants
from grafana_foundation_sdk.models import common as common_models
from grafana_foundation_sdk.models import dashboard as models

DATASOURCE_TYPE = "grafana-clickhouse-datasource"
DATASOURCE_UID = "pipegauge-clickhouse"
PLUGIN_VERSION = "4.20.0"
FOLDER_UID = FOLDER_TITLE = "pipegauge"
EMPTY = "Empty?"
"""Begins the last paragraph of a description: what would fill the panel."""

SOURCE = models.DataSourceRef(type_val=DATASOURCE_TYPE, uid="${datasource}")
RED, GREEN, BLUE, ORANGE, PURPLE = "red", "green", "blue", "orange", "purple"

SQL = dict[str, str]
"""Panel SQL by file name without its ending."""

P = TypeVar("P", stat.Panel, timeseries.Panel, table.Panel, bargauge.Panel)


@dataclass(frozen=True)
class Words:
    """A panel's title, what it shows, and what would fill it while it is empty."""

    title: str
    shows: str
    filled_by: str


@dataclass(frozen=True)
class Size:
    """Width in 24ths of the board and height in Grafana's rows."""

    width: int
    height: int


class ClickHouseQuery(variants.Dataquery):
    """A target of the ClickHouse plugin: the SDK has no builder for it."""

    def __init__(self, sql: str, *, is_table: bool) -> None:
        self.sql, self.is_table = sql, is_table

    def to_json(self) -> dict[str, object]:
        """The target as Grafana stores it."""
        return {
            "datasource": SOURCE.to_json(),
            "editorType": "sql",
            "format": 1 if self.is_table else 0,
            "pluginVersion": PLUGIN_VERSION,
            "queryType": "table" if self.is_table else "timeseries",
            "rawSql": self.sql,
            "refId": "A",
        }


class Query(builder.Builder[variants.Dataquery]):
    """Builds a ClickHouseQuery."""

    def __init__(self, sql: str, *, is_table: bool = False) -> None:
        self.query = ClickHouseQuery(sql, is_table=is_table)

    def build(self) -> variants.Dataquery:
        """The query."""
        return self.query


def headline(sql: str, words: Words, unit: str, steps: list[models.Threshold], *, less_is_better: bool) -> stat.Panel:
    """One number of the chosen range, its way there as a sparkline, and the change against the range before."""
    change = common_models.PercentChangeColorMode
    panel = stat.Panel().graph_mode(common_models.BigValueGraphMode.AREA).show_percent_change(True)
    panel.percent_change_color_mode(change.INVERTED if less_is_better else change.STANDARD)
    panel.reduce_options(common.ReduceDataOptions().calcs(["last"])).wide_layout(False)
    panel.color_mode(common_models.BigValueColorMode.VALUE).text_mode(common_models.BigValueTextMode.VALUE)
    return _panel(panel, words, Size(3, 5)).unit(unit).thresholds(thresholds(*steps)).with_target(Query(sql))


def single(sql: str, words: Words, unit: str, height: int = 5) -> stat.Panel:
    """One number without a history."""
    panel = stat.Panel().graph_mode(common_models.BigValueGraphMode.NONE)
    panel.reduce_options(common.ReduceDataOptions().calcs(["last"])).wide_layout(False)
    panel.color_mode(common_models.BigValueColorMode.VALUE).text_mode(common_models.BigValueTextMode.VALUE)
    return _panel(panel, words, Size(3, height)).unit(unit).with_target(Query(sql, is_table=True))


def lines(sql: str, words: Words, size: Size, unit: str) -> timeseries.Panel:
    """A line a series."""
    panel = _series(sql, words, size, unit).line_width(2).fill_opacity(8)
    return panel.show_points(common_models.VisibilityMode.ALWAYS).point_size(5).span_nulls(True)


def columns(sql: str, words: Words, size: Size, unit: str) -> timeseries.Panel:
    """Stacked columns over time."""
    panel = _series(sql, words, size, unit).draw_style(common_models.GraphDrawStyle.BARS).fill_opacity(85).line_width(0)
    return panel.stacking(common.StackingConfig().mode(common_models.StackingMode.NORMAL).group("A"))


def bars(sql: str, words: Words, size: Size, unit: str) -> bargauge.Panel:
    """A horizontal bar a row, named by its first column."""
    panel = bargauge.Panel().orientation(common_models.VizOrientation.HORIZONTAL)
    panel.display_mode(common_models.BarGaugeDisplayMode.BASIC).show_unfilled(True)
    panel.reduce_options(common.ReduceDataOptions().values(True).calcs(["last"]))
    return _panel(panel, words, size).unit(unit).min(0).with_target(Query(sql, is_table=True))


def rows(sql: str, words: Words, size: Size, units: dict[str, str]) -> table.Panel:
    """A table; `units` by column. A column `url` is hidden and linked from the first column."""
    panel = _panel(table.Panel(), words, size).with_target(Query(sql, is_table=True)).unit("none")
    panel.cell_height(common_models.TableCellHeight.SM)
    for column, unit in units.items():
        panel.override_by_name(column, [models.DynamicConfigValue(id_val="unit", value=unit)])
    if ' AS "url"' in sql:
        panel.override_by_name("url", [models.DynamicConfigValue(id_val="custom.hidden", value=True)])
    return panel


def linked(panel: table.Panel, column: str, title: str, url: str, *, blank: bool = False) -> table.Panel:
    """The table with a link on each cell of a column."""
    link = {"title": title, "url": url, "targetBlank": blank}
    return panel.override_by_name(column, [models.DynamicConfigValue(id_val="links", value=[link])])


def coloured(panel: table.Panel, column: str, *steps: models.Threshold) -> table.Panel:
    """The table with the numbers of a column coloured by thresholds."""
    values = [
        models.DynamicConfigValue(id_val="thresholds", value=thresholds(*steps).build()),
        models.DynamicConfigValue(id_val="custom.cellOptions", value={"type": "color-text"}),
    ]
    return panel.override_by_name(column, values)


def fine(panel: timeseries.Panel) -> timeseries.Panel:
    """The panel in steps of a minute or more: what is looked at while it happens."""
    return panel.interval("1m").max_data_points(48)


def named(panel: timeseries.Panel, **colours: str) -> timeseries.Panel:
    """The panel with a fixed colour for each series that is named."""
    for series, colour in colours.items():
        value = {"mode": "fixed", "fixedColor": colour}
        panel.override_by_name(series, [models.DynamicConfigValue(id_val="color", value=value)])
    return panel


def red_line(panel: timeseries.Panel, at: float) -> timeseries.Panel:
    """The panel with a dashed line that the series should stay below."""
    style = common.GraphThresholdsStyleConfig().mode(common_models.GraphThresholdsStyleMode.DASHED)
    return panel.thresholds(thresholds(step(GREEN), step(RED, at))).thresholds_style(style)


def step(colour: str, value: float | None = None) -> models.Threshold:
    """From `value` on the colour holds; None is the lowest step."""
    return models.Threshold(value=value, color=colour)


def thresholds(*steps: models.Threshold) -> dashboard.ThresholdsConfig:
    """Absolute thresholds."""
    return dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(list(steps))


def data_source_variable() -> dashboard.DatasourceVariable:
    """Lets a Grafana with several ClickHouse servers choose; ours is provisioned under a fixed uid."""
    variable = dashboard.DatasourceVariable("datasource").label("Data source").type(DATASOURCE_TYPE)
    return variable.current(models.VariableOption(text="pipegauge", value=DATASOURCE_UID))


def choice(name: str, label: str, sql: str) -> dashboard.QueryVariable:
    """Several values or all, filled by a query whenever the time range changes."""
    variable = dashboard.QueryVariable(name).label(label).datasource(SOURCE)
    variable.query({"rawSql": sql, "refId": f"variable-{name}", "editorType": "sql", "queryType": "table", "format": 1})
    variable.refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED).multi(True).include_all(True)
    return variable.current(models.VariableOption(selected=True, text=["All"], value=["$__all"]))


class Annotation(builder.Builder[models.AnnotationQuery]):
    """Marks over time that a query finds: `time`, `title`, `text`, and `timeEnd` where they last."""

    def __init__(self, name: str, colour: str, sql: str) -> None:
        target: Any = ClickHouseQuery(sql, is_table=True)  # the SDK knows targets of Grafana's own annotations only
        self.query = models.AnnotationQuery(
            name=name, datasource=SOURCE, icon_color=colour, target=target, built_in=None
        )

    def build(self) -> models.AnnotationQuery:
        """The query."""
        return self.query


def board_link(title: str, uid: str) -> dashboard.DashboardLink:
    """A link to another of our boards, for the same time range."""
    link = dashboard.DashboardLink(title).type(models.DashboardLinkType.LINK).icon("dashboard")
    return link.url(f"/d/{uid}").keep_time(True)


def _series(sql: str, words: Words, size: Size, unit: str) -> timeseries.Panel:
    panel = _panel(timeseries.Panel(), words, size).unit(unit).with_target(Query(sql))
    legend = common.VizLegendOptions().show_legend(True).placement(common_models.LegendPlacement.BOTTOM)
    legend.display_mode(common_models.LegendDisplayMode.LIST).calcs([])
    tooltip = common.VizTooltipOptions().mode(common_models.TooltipDisplayMode.MULTI)
    return panel.legend(legend).tooltip(tooltip).axis_soft_min(0).max_data_points(28).interval("1h")


def _panel(panel: P, words: Words, size: Size) -> P:
    panel.title(words.title).description(f"{words.shows}\n\n{EMPTY} {words.filled_by}").datasource(SOURCE)
    return panel.span(size.width).height(size.height).no_value("—")
