"""The board `pipegauge`: the system itself, from the webhook to the last insert."""

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.models import dashboard as models

from grafana.boards.parts import (
    BLUE,
    GREEN,
    ORANGE,
    RED,
    SQL,
    Size,
    Words,
    board_link,
    choice,
    coloured,
    columns,
    data_source_variable,
    fine,
    lines,
    linked,
    named,
    rows,
    single,
    step,
    thresholds,
)

UID = "pipegauge"
SOURCES = "SELECT DISTINCT source FROM deliveries ORDER BY source"
SERVICES = "SELECT service FROM service_teams ORDER BY service"
NOTHING = "Nothing was delivered in this range. Point a webhook at the gateway, or run `pipegauge send`."
NONE = "Nothing was delivered in this range."
REPAIRED = "Nothing to repair: every authentic delivery of this range could be mapped."
PLACED = "Nothing to place: a service of the configuration claims every event of this range."
DRILL = "/d/delivery?var-service=${__value.raw}&${__url_time_range}"
PROMISE_MS = 10_000
"""Within this time what is answered 2xx should be in the store."""


def board(sql: SQL) -> models.Dashboard:
    """The board, from the SQL of its panels by file name."""
    made = dashboard.Dashboard("pipegauge").uid(UID).tags(["pipegauge", "system"]).readonly()
    made.description("What arrives, what becomes of it, how fast it is stored, and what waits for somebody.")
    made.time("now-24h", "now").refresh("10s").timezone("browser").tooltip(models.DashboardCursorSync.CROSSHAIR)
    made.link(board_link("Delivery", "delivery"))
    made.with_variable(data_source_variable())
    made.with_variable(choice("source", "Source", SOURCES)).with_variable(choice("service", "Service", SERVICES))
    for part in (_headlines, _arrivals, _store, _waiting, _freshness):
        part(made, sql)
    return made.build()


def _headlines(made: dashboard.Dashboard, sql: SQL) -> None:
    promise = (step(GREEN), step(RED, PROMISE_MS))
    for file, title, shows, filled_by, unit, steps in (
        ("deliveries", "Deliveries", "Received in this range, repeated ones once.", NONE, "short", (step(BLUE),)),
        (
            "mapped",
            "Mapped",
            "Accepted / (accepted + dead letters). What is ignored on purpose is left out.",
            NONE,
            "percentunit",
            (step(RED), step(ORANGE, 0.95), step(GREEN, 0.99)),
        ),
        ("waiting", "Dead letters", "Not replayed yet.", "Nothing to repair.", "short", (step(GREEN), step(RED, 1))),
        ("stored_p50", "Stored p50", "From the webhook to the insert: median.", NONE, "ms", promise),
        ("stored_p99", "Stored p99", "99 % were faster. Red above 10 seconds.", NONE, "ms", promise),
        ("rows_per_second", "Rows per second", "Stored in all tables.", NONE, "none", (step(BLUE),)),
        ("last_delivery", "Last delivery", "Its age.", NONE, "s", (step(BLUE),)),
        (
            "unplaced",
            "Unplaced events",
            "No service of the configuration claims them.",
            "Nothing to place.",
            "short",
            (step(GREEN), step(ORANGE, 1)),
        ),
    ):
        panel = single(sql[f"system_{file}"], Words(title, shows, filled_by), unit, height=4)
        made.with_panel(panel.thresholds(thresholds(*steps)))


def _arrivals(made: dashboard.Dashboard, sql: SQL) -> None:
    made.with_row(dashboard.Row("What arrives"))
    words = Words("Deliveries", "By what became of them, at the time the gateway received them.", NOTHING)
    panel = fine(columns(sql["system_deliveries_over_time"], words, Size(12, 8), "short"))
    panel = named(panel, **{"accepted": GREEN, "ignored": BLUE, "dead-letter": RED})
    made.with_panel(panel.display_name("${__field.labels.outcome}"))
    words = Words("Sources", "What became of each source's deliveries, and how fast they were stored.", NOTHING)
    units = {"Stored after p99": "ms", "Last received": "dateTimeFromNow"}
    table = rows(sql["system_sources"], words, Size(12, 8), units)
    made.with_panel(coloured(table, "Dead letters", step(GREEN), step(RED, 1)))


def _store(made: dashboard.Dashboard, sql: SQL) -> None:
    made.with_row(dashboard.Row("How fast it is stored"))
    words = Words("Webhook to insert", "From the gateway's receipt of a delivery to ClickHouse's insert.", NOTHING)
    panel = fine(lines(sql["system_delay_over_time"], words, Size(12, 8), "ms"))
    made.with_panel(named(panel, p50=BLUE, p99=ORANGE))
    words = Words(
        "Rows stored per second",
        "By table. A row that was replaced since counts where its newest version is, so of `metrics` little of the past"
        " remains. For all sources and services.",
        NOTHING,
    )
    panel = fine(columns(sql["system_rows_over_time"], words, Size(12, 8), "none"))
    made.with_panel(panel.display_name("${__field.labels.table}"))


def _waiting(made: dashboard.Dashboard, sql: SQL) -> None:
    made.with_row(dashboard.Row("What waits for somebody"))
    words = Words("Dead letters by reason", "The six reasons met most.", REPAIRED)
    panel = columns(sql["system_dead_letters_over_time"], words, Size(8, 9), "short")
    made.with_panel(panel.display_name("${__field.labels.reason}"))
    words = Words("Dead letters", "Authentic deliveries that no mapping fits, kept for a replay.", REPAIRED)
    table = rows(sql["system_dead_letters"], words, Size(16, 9), {"Last": "dateTimeFromNow"})
    made.with_panel(coloured(table, "Waiting", step(GREEN), step(RED, 1)))


def _freshness(made: dashboard.Dashboard, sql: SQL) -> None:
    made.with_row(dashboard.Row("Fresh, late, unplaced"))
    words = Words(
        "Freshness by service",
        "When each kind was stored last. One that stands still while the one before it moves shows where it stops.",
        NOTHING,
    )
    moments = ("Event received", "Event stored", "Observation stored", "Window stored")
    table = rows(sql["system_freshness"], words, Size(24, 8), dict.fromkeys(moments, "dateTimeFromNow"))
    made.with_panel(linked(table, "Service", "Show this service", DRILL))
    words = Words(
        "Late arrivals",
        "From the fact, by its provider's clock, to the gateway. An import brings facts of long ago; facts of the"
        " future mean a clock that is wrong.",
        NOTHING,
    )
    units = {"Arrived after p50": "ms", "p99": "ms", "Oldest": "dateTimeFromNow"}
    made.with_panel(rows(sql["system_late"], words, Size(14, 9), units))
    words = Words(
        "Events that no service claims",
        "Filed under their repository's name, for the team `unassigned`. Let a service of pipegauge.yaml claim it.",
        PLACED,
    )
    units = dict.fromkeys(("Oldest", "Last received"), "dateTimeFromNow")
    made.with_panel(rows(sql["system_unplaced_services"], words, Size(10, 9), units))
