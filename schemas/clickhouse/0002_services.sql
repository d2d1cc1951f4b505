-- Which team a service belongs to and from which day on: the catalog, written whole under one version each time.

CREATE TABLE IF NOT EXISTS services
(
    service LowCardinality(String),
    since Date,
    team LowCardinality(String),
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (service, since);

-- The team of each service today, by the newest catalog. What no line of it claims is `unassigned`.
CREATE VIEW IF NOT EXISTS service_teams AS
SELECT service, argMax(team, since) AS team
FROM
(
    SELECT service, since, team
    FROM services FINAL
    WHERE since <= today() AND version = (SELECT max(version) FROM services)
    UNION ALL
    SELECT DISTINCT service, toDate(0) AS since, 'unassigned' AS team FROM events
    UNION ALL
    SELECT DISTINCT service, toDate(0) AS since, 'unassigned' AS team FROM observations
)
GROUP BY service;
