-- Rows are replaced by identity and version, and read with FINAL: a repeated record is invisible.
-- kafka_partition and kafka_offset say where in Kafka a row came from; stored_at is ClickHouse's own time of the insert.
-- The deduplication window lets a retried insert of the same process leave no second part behind.

CREATE TABLE IF NOT EXISTS deliveries
(
    id UUID,
    source LowCardinality(String),
    event_name LowCardinality(String),
    vendor_delivery String CODEC(ZSTD),
    outcome LowCardinality(String),
    received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    stored_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta, ZSTD),
    headers Map(LowCardinality(String), String) CODEC(ZSTD),
    body String CODEC(ZSTD(3)),
    event_ids Array(UUID) CODEC(ZSTD),
    kafka_partition UInt16,
    kafka_offset UInt64,
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY id
TTL toDateTime(received_at) + INTERVAL 90 DAY
SETTINGS non_replicated_deduplication_window = 100;

CREATE TABLE IF NOT EXISTS events
(
    service LowCardinality(String),
    type LowCardinality(String),
    occurred_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    id UUID,
    received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    stored_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta, ZSTD),
    source LowCardinality(String),
    repository LowCardinality(String),
    actor_kind LowCardinality(String),
    url String CODEC(ZSTD),
    sha String CODEC(ZSTD),
    change String,
    run String,
    state LowCardinality(String),
    outcome LowCardinality(String),
    name LowCardinality(String),
    environment LowCardinality(String),
    body String CODEC(ZSTD(3)),
    delivery UUID,
    kafka_partition UInt16,
    kafka_offset UInt64,
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYear(occurred_at)
ORDER BY (service, type, occurred_at, id)
TTL toDateTime(received_at) + INTERVAL 400 DAY
SETTINGS non_replicated_deduplication_window = 100;

CREATE TABLE IF NOT EXISTS observations
(
    metric LowCardinality(String),
    service LowCardinality(String),
    part LowCardinality(String),
    id UUID,
    at DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    subject String CODEC(ZSTD),
    value Nullable(Int64) CODEC(ZSTD),
    weight UInt32,
    linked Bool,
    evidence Array(UUID) CODEC(ZSTD),
    evidence_count UInt32,
    stored_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta, ZSTD),
    kafka_partition UInt16,
    kafka_offset UInt64,
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (metric, service, part, id)
SETTINGS non_replicated_deduplication_window = 100;

CREATE TABLE IF NOT EXISTS metrics
(
    scope_kind LowCardinality(String),
    scope LowCardinality(String),
    metric LowCardinality(String),
    part LowCardinality(String),
    window LowCardinality(String),
    day Date,
    window_end DateTime64(3, 'UTC'),
    value Nullable(Float64),
    p50 Nullable(Int64),
    p75 Nullable(Int64),
    p90 Nullable(Int64),
    p95 Nullable(Int64),
    numerator Nullable(Int64),
    denominator Nullable(Int64),
    sample_size UInt64,
    linked_share Nullable(Float64),
    definition_version UInt16,
    stored_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC'),
    kafka_partition UInt16,
    kafka_offset UInt64,
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (scope_kind, scope, metric, part, window, day)
SETTINGS non_replicated_deduplication_window = 100;

CREATE TABLE IF NOT EXISTS dead_letters
(
    source LowCardinality(String),
    id UUID,
    event_name LowCardinality(String),
    delivery UUID,
    stage LowCardinality(String),
    reason String CODEC(ZSTD),
    field String,
    body String CODEC(ZSTD(3)),
    received_at DateTime64(3, 'UTC'),
    replayed_at Nullable(DateTime64(3, 'UTC')),
    kafka_partition UInt16,
    kafka_offset UInt64,
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (source, id)
TTL toDateTime(received_at) + INTERVAL 90 DAY
SETTINGS non_replicated_deduplication_window = 100;
