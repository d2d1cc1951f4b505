from pathlib import Path

from clickhouse_driver import Client

from schemas.config import ClickHouseConnection, KafkaConnection, Sasl, Tls
from schemas.connections import client_arguments, kafka_arguments

TLS = Tls(ca=Path("/ca.pem"), certificate=Path("/c.pem"), key=Path("/k.pem"), verify=False)


def test_clickhouse_is_asked_with_its_password_and_a_short_patience() -> None:
    arguments = client_arguments(ClickHouseConnection(host="h", port=1, database="d", username="u"), "p")
    assert arguments.items() >= {"host": "h", "port": 1, "database": "d", "user": "u", "password": "p"}.items()
    assert arguments["send_receive_timeout"] == 15
    assert "secure" not in arguments


def test_clickhouse_takes_the_arguments_of_tls() -> None:
    connection = Client(**client_arguments(ClickHouseConnection(tls=TLS), "p")).connection
    assert connection.secure_socket
    assert connection.ssl_options.items() >= {"ca_certs": "/ca.pem", "certfile": "/c.pem", "keyfile": "/k.pem"}.items()
    assert connection.verify_cert is False


def test_kafka_without_tls_and_sasl_is_plain() -> None:
    assert kafka_arguments(KafkaConnection(brokers=("a:1", "b:2")), None) == {"bootstrap_servers": ["a:1", "b:2"]}


def test_kafka_with_tls_and_sasl_says_so() -> None:
    sasl = Sasl(mechanism="SCRAM-SHA-512", username="u", password="env:P")
    arguments = kafka_arguments(KafkaConnection(tls=TLS, sasl=sasl), "secret")
    assert arguments.items() >= {"security_protocol": "SASL_SSL", "ssl_cafile": "/ca.pem"}.items()
    assert arguments.items() >= {"sasl_mechanism": "SCRAM-SHA-512", "sasl_plain_password": "secret"}.items()
    assert arguments["ssl_check_hostname"] is False
    assert kafka_arguments(KafkaConnection(sasl=sasl), "s")["security_protocol"] == "SASL_PLAINTEXT"
    assert kafka_arguments(KafkaConnection(tls=TLS), None)["security_protocol"] == "SSL"
