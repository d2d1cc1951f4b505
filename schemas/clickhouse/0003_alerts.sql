-- One row for each change of state of an alert. The change with the highest number is the alert as it is now.

CREATE TABLE IF NOT EXISTS alerts
(
    rule LowCardinality(String),
    scope_kind LowCardinality(String),
    scope LowCardinality(String),
    part LowCardinality(String),
    id UUID,
    number UInt64,
    state LowCardinality(String),
    metric LowCardinality(String),
    window LowCardinality(String),
    statistic LowCardinality(String),
    value Nullable(Float64),
    threshold Float64,
    operator LowCardinality(String),
    sample_size UInt64,
    since DateTime64(3, 'UTC'),
    at DateTime64(3, 'UTC'),
    severity LowCardinality(String),
    route LowCardinality(String),
    absent Bool,
    withdrawn Bool,
    muted Bool,
    summary String,
    title String,
    stored_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC'),
    kafka_partition UInt16,
    kafka_offset UInt64,
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (rule, scope_kind, scope, part, id)
TTL toDateTime(at) + INTERVAL 400 DAY
SETTINGS non_replicated_deduplication_window = 100;
