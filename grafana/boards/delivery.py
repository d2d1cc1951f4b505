"""The board `delivery`: how fast changes reach production, what holds them back, and what just arrived."""

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.models import dashboard as models

from grafana.boards.parts import (
    BLUE,
    GREEN,
    ORANGE,
    PURPLE,
    RED,
    SQL,
    Annotation,
    Size,
    Words,
    bars,
    board_link,
    choice,
    coloured,
    columns,
    data_source_variable,
    headline,
    lines,
    linked,
    named,
    red_line,
    rows,
    single,
    step,
    thresholds,
)

UID = "delivery"
BUDGET_MS = 600_000
RATE = "percentunit"
TEAMS = "SELECT DISTINCT team FROM service_teams ORDER BY team"
SERVICES = (
    "SELECT service FROM service_teams WHERE $__conditionalAll(team IN (${team:singlequote}), $team) ORDER BY service"
)
CHANGES = "No change reached production in this range. Send pull_request, push and deployment_status deliveries."
GATES = "No gate was evaluated in this range. Send check_run or status deliveries."
RUNS = "No pipeline run ended in this range. Send workflow_run deliveries."
DEPLOYMENTS = "Nothing was deployed to production in this range. Send deployment_status deliveries."
EVENTS = "No event arrived in this range. Point a webhook at the gateway, or run `pipegauge send`."
WINDOWS = "No window has been computed yet. The worker (`pipegauge work`) writes the first seconds after an event."
DRILL = "/d/delivery?var-service=${__value.raw}&${__url_time_range}"


def board(sql: SQL) -> models.Dashboard:
    """The board, from the SQL of its panels by file name."""
    made = dashboard.Dashboard("Delivery").uid(UID).tags(["pipegauge", "delivery"]).readonly()
    made.description("How fast changes reach production, what holds them back, and what just arrived.")
    made.time("now-7d", "now").refresh("10s").timezone("browser").tooltip(models.DashboardCursorSync.CROSSHAIR)
    made.link(board_link("System", "pipegauge"))
    made.annotation(Annotation("Deployments", GREEN, sql["annotation_deployments"]))
    made.annotation(Annotation("Alerts", RED, sql["annotation_alerts"]))
    made.with_variable(data_source_variable())
    made.with_variable(choice("team", "Team", TEAMS)).with_variable(choice("service", "Service", SERVICES))
    for part in (_headlines, _alerts, _cycle_time, _gates, _pipelines, _services, _windows, _arrivals):
        part(made, sql)
    return made.build()


def _headlines(made: dashboard.Dashboard, sql: SQL) -> None:
    neutral, good = [step(BLUE)], [step(RED), step(ORANGE, 0.8), step(GREEN, 0.9)]
    budget = [step(GREEN), step(RED, BUDGET_MS)]
    before = "The line leads from the range before this one to this one; the percentage compares the two."
    for file, title, shows, filled_by, unit, steps, less in (
        ("cycle_time", "Cycle time", "Median from first commit to production.", CHANGES, "ms", neutral, True),
        ("gate_pass_rate", "Gate pass rate", "Passed / (passed + failed), all gates.", GATES, RATE, good, False),
        ("first_pass_yield", "First-pass yield", "First evaluations that passed.", GATES, RATE, good, False),
        ("pipeline_p50", "Pipeline p50", "Median duration of a pipeline run.", RUNS, "ms", budget, True),
        ("pipeline_p95", "Pipeline p95", "95 % of runs were faster. Red above 10 minutes.", RUNS, "ms", budget, True),
        ("pipeline_budget", "Within 10 min", "Runs that took 10 minutes or less.", RUNS, RATE, good, False),
        ("deployments", "Deployments", "Successful ones to production.", DEPLOYMENTS, "short", neutral, False),
    ):
        words = Words(title, f"{shows} {before}", filled_by)
        made.with_panel(headline(sql[f"headline_{file}"], words, unit, steps, less_is_better=less))
    words = Words("Last event", "Age of the newest event that reached the store.", EVENTS)
    made.with_panel(single(sql["headline_freshness"], words, "s"))


def _alerts(made: dashboard.Dashboard, sql: SQL) -> None:
    filled_by = "No rule of `alerts:` in pipegauge.yaml is pending or firing."
    words = Words("Alerts", "What is pending or firing now, whatever the time range.", filled_by)
    made.with_panel(rows(sql["alerts"], words, Size(24, 5), {"Since": "dateTimeFromNow"}))


def _cycle_time(made: dashboard.Dashboard, sql: SQL) -> None:
    made.with_row(dashboard.Row("Cycle time"))
    words = Words("Cycle time", "From first commit to production: median and 90th percentile.", CHANGES)
    made.with_panel(named(lines(sql["cycle_time_over_time"], words, Size(12, 8), "ms"), p50=BLUE, p90=ORANGE))
    words = Words(
        "Where the time goes",
        "Mean time a change spent in each stage. Means, because means add up: a column is as high as the mean cycle"
        " time. coding: first commit → ready for review; pickup: → first review or comment by another human;"
        " review: → merge; deploy: → production.",
        CHANGES,
    )
    stages = columns(sql["cycle_time_stages"], words, Size(12, 8), "ms")
    made.with_panel(named(stages, coding=BLUE, pickup=ORANGE, review=PURPLE, deploy=GREEN))
    words = Words("Slowest changes", "The changes that took longest to reach production, stage by stage.", CHANGES)
    units = dict.fromkeys(("Cycle time", "Coding", "Pickup", "Review", "Deploy"), "ms") | {"Deployed": "dateTimeAsIso"}
    slowest = rows(sql["slowest_changes"], words, Size(24, 9), units)
    made.with_panel(linked(slowest, "Change", "Open the change", "${__data.fields.url}", blank=True))


def _gates(made: dashboard.Dashboard, sql: SQL) -> None:
    made.with_row(dashboard.Row("Gates"))
    words = Words("Pass rate by gate", "Passed / (passed + failed) of the six gates evaluated most.", GATES)
    panel = lines(sql["gate_pass_rate_over_time"], words, Size(10, 8), RATE).max(1).max_data_points(14)
    made.with_panel(panel.display_name("${__field.labels.gate}"))
    words = Words(
        "Gates",
        "Skipped and cancelled evaluations are left out; errors are counted beside. First-pass yield: the first"
        " evaluation of a commit passed.",
        GATES,
    )
    units = {"Pass rate": RATE, "First-pass yield": RATE}
    gates = rows(sql["gates"], words, Size(14, 8), units)
    steps = (step(RED), step(ORANGE, 0.8), step(GREEN, 0.9))
    made.with_panel(coloured(coloured(gates, "Pass rate", *steps), "First-pass yield", *steps))


def _pipelines(made: dashboard.Dashboard, sql: SQL) -> None:
    made.with_row(dashboard.Row("Pipelines"))
    budget = (step(GREEN), step(RED, BUDGET_MS))
    words = Words("Pipeline duration", "Median and 95th percentile; the line is the budget of 10 minutes.", RUNS)
    panel = lines(sql["pipeline_duration_over_time"], words, Size(9, 8), "ms")
    made.with_panel(red_line(named(panel, p50=BLUE, p95=ORANGE), BUDGET_MS))
    words = Words("Slowest pipelines", "95th percentile by pipeline; red above the budget of 10 minutes.", RUNS)
    made.with_panel(bars(sql["pipeline_p95"], words, Size(6, 8), "ms").thresholds(thresholds(*budget)))
    words = Words("Pipelines", "Durations of all attempts, each an execution of its own.", RUNS)
    units = {"p50": "ms", "p95": "ms", "Within 10 min": RATE}
    made.with_panel(coloured(rows(sql["pipelines"], words, Size(9, 8), units), "p95", *budget))


def _services(made: dashboard.Dashboard, sql: SQL) -> None:
    made.with_row(dashboard.Row("Services"))
    words = Words(
        "Services",
        "Each number with its sample size. Linked: the share of deployed changes that could be joined to all their"
        " partners. For reading one service, not for ranking teams. Choose a service to see it alone.",
        EVENTS,
    )
    durations = dict.fromkeys(("Cycle time p50", "Pipeline p50", "Pipeline p95"), "ms")
    rates = dict.fromkeys(("Linked", "Gate pass rate", "First-pass yield"), RATE)
    services = rows(sql["services"], words, Size(24, 7), durations | rates)
    services = linked(services, "Service", "Show this service", DRILL)
    made.with_panel(coloured(services, "Pipeline p95", step(GREEN), step(RED, BUDGET_MS)))
    words = Words("Deployments to production", "Successful deployments by service.", DEPLOYMENTS)
    deployments = columns(sql["deployments_over_time"], words, Size(10, 9), "short")
    made.with_panel(deployments.display_name("${__field.labels.service}"))
    filled_by = "Nothing was merged or deployed in this range. Send pull_request and deployment_status deliveries."
    words = Words("Latest changes and deployments", "What was merged or deployed last.", filled_by)
    latest = rows(sql["recent_activity"], words, Size(14, 9), {"When": "dateTimeFromNow"})
    made.with_panel(linked(latest, "Subject", "Open at the provider", "${__data.fields.url}", blank=True))


def _windows(made: dashboard.Dashboard, sql: SQL) -> None:
    made.with_row(dashboard.Row("Rolling windows, as they are now"))
    note = "Live windows of services, teams and the organisation, whatever the time range."
    for file, title, unit, width in (
        ("windows_cycle_time", "Cycle time, median", "ms", 7),
        ("windows_gate_pass_rate", "Gate pass rate", RATE, 8),
        ("windows_pipeline_p95", "Pipeline duration, p95", "ms", 9),
    ):
        units = dict.fromkeys(("1h", "24h", "7d", "28d", "90d"), unit) | {"As of": "dateTimeFromNow"}
        made.with_panel(rows(sql[file], Words(title, note, WINDOWS), Size(width, 8), units))


def _arrivals(made: dashboard.Dashboard, sql: SQL) -> None:
    made.with_row(dashboard.Row("Arrivals"))
    words = Words("Events received", "By type, at the time the gateway received them.", EVENTS)
    events = columns(sql["events_over_time"], words, Size(10, 8), "short")
    made.with_panel(events.display_name("${__field.labels.type}"))
    words = Words("Arrivals by service", "Volume, freshness, and how long from the webhook to the store.", EVENTS)
    units = {"Stored after p50": "ms", "p99": "ms", "Last received": "dateTimeFromNow"}
    made.with_panel(rows(sql["arrivals"], words, Size(7, 8), units))
    filled_by = "Nothing to repair: every authentic delivery of this range could be mapped."
    words = Words("Dead letters", "Deliveries that no mapping fits, kept for a replay. For all teams.", filled_by)
    made.with_panel(rows(sql["dead_letters"], words, Size(7, 8), {"Last": "dateTimeFromNow"}))
