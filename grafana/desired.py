"""What pipegauge wants to be in a Grafana: a folder, a data source, the boards, the alert rules."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from grafana.alerting import api_rules, panels_of
from grafana.boards.parts import DATASOURCE_TYPE, DATASOURCE_UID, FOLDER_TITLE, FOLDER_UID
from grafana.plan import Item
from schemas.alert_rules import AlertRule
from schemas.config import ClickHouseConnection, ClickHouseReader


def desired(boards: Sequence[str], rules: Iterable[AlertRule], data_source: Item | None) -> list[Item]:
    """In the order in which they can be made. `boards` are the dashboards' JSON texts."""
    dashboards: list[dict[str, Any]] = [json.loads(text) for text in boards]
    panels = panels_of(dashboards)
    return [
        Item("folder", FOLDER_UID, {"title": FOLDER_TITLE}),
        *([data_source] if data_source else []),
        *(Item("dashboard", board["uid"], {"dashboard": board, "folderUid": FOLDER_UID}) for board in dashboards),
        *(Item("alert rule", told["uid"], told) for rule in rules for told in api_rules(rule, panels)),
    ]


def data_source(clickhouse: ClickHouseConnection, reader: ClickHouseReader) -> Item:
    """The data source of the boards. Its password is no field of it: Grafana never tells it again."""
    tls = clickhouse.tls
    json_data = {
        "host": reader.host or clickhouse.host,
        "port": reader.port or clickhouse.port,
        "protocol": "native",
        "secure": tls is not None,
        "tlsSkipVerify": tls is not None and not tls.verify,
        "tlsAuthWithCACert": tls is not None and tls.ca is not None,
        "username": reader.username,
        "defaultDatabase": clickhouse.database,
        "dialTimeout": "10",
        "queryTimeout": "30",
        "validateSql": True,
    }
    secrets = {"password": True} | ({"tlsCACert": True} if tls is not None and tls.ca is not None else {})
    return Item(
        "data source",
        DATASOURCE_UID,
        {
            "name": "pipegauge",
            "type": DATASOURCE_TYPE,
            "access": "proxy",
            "jsonData": json_data,
            "secureJsonFields": secrets,
        },
    )
