"""Rules of alerts as a shell meets them: what stops the worker, and `pipegauge alerts test`."""

from pathlib import Path

import pytest

from tests.command_line.conftest import Run, is_one_line

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("metric: pipeline_duratoin", "4: there is no metric 'pipeline_duratoin'; did you mean 'pipeline_duration'?"),
        (
            "metric: gate_pass_rate\n    value: p95",
            "5: gate_pass_rate has no p95; use `value: value`; only durations have percentiles",
        ),
        ("metric: cycle_time\n    route: chat", "5: there is no route 'chat'; add it to `notify: routes:`"),
    ],
)
@pytest.mark.parametrize("command", ["check-config", "work"])
def test_a_rule_that_cannot_work_stops_the_worker_and_is_told_with_its_line(
    run: Run, tmp_path: Path, command: str, rule: str, said: str
) -> None:
    path = tmp_path / "gauge.yaml"
    path.write_text(f"alerts:\n  - name: a\n    threshold: 10\n    {rule}\n")
    assert is_one_line(run(command, "--config", path), 1).removeprefix("pipegauge: ") == f"{path}:{said}"


def test_timelines_are_played_against_the_rules(run: Run, tmp_path: Path) -> None:
    shipped = ROOT / "deploy" / "demo" / "alerts.test.yaml"
    ended = run("alerts", "test", shipped)
    assert (ended.returncode, ended.stdout) == (0, f"{shipped}: 5 timelines as expected\n")
    changed = tmp_path / "alerts.test.yaml"
    text = shipped.read_text(encoding="utf-8").replace("pipegauge.yaml", str(shipped.with_name("pipegauge.yaml")))
    changed.write_text(text.replace("p95 is 11m, above 10m", "p95 is 12m, above 10m"), encoding="utf-8")
    line = is_one_line(run("alerts", "test", changed), 1)
    assert line == (
        f"{changed}: a pipeline fires above ten minutes and is over only at nine, at 0:02:00, pipeline-p95: expected "
        "title 'Firing: checkout, Pipeline duration p95 is 12m, above 10m' of service checkout, got 'Firing: checkout, "
        "Pipeline duration p95 is 11m, above 10m'"
    )


def test_timelines_that_are_not_there_are_named(run: Run) -> None:
    line = is_one_line(run("alerts", "test", "none.yaml"), 1)
    assert line.startswith("pipegauge: none.yaml: cannot be read: ")
