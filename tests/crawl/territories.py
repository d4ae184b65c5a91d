"""A shop's production and its replica, as the tests of the crawl know them."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from portability.asking.territory import Territory

TOPIC = "arn:aws:sns:eu-west-1:111122223333:shop-alerts"
QUEUE = "https://sqs.eu-west-1.amazonaws.com/111122223333/shop-mail"
SHOP = Territory(
    production_networks=(ip_network("10.10.0.0/24"), ip_network("2001:db8:1::/48")),
    production_names={
        ".shop.example": "settings",
        "www.shop.example": "SITE_HOST",
        "shop-prod.cluster-fake.eu-west-1.rds.amazonaws.com": "DB_HOST",
        "m\u00fcller.example": "FRIEND",
        "shop-uploads": "S3_BUCKET",
        "111122223333": "AWS_ACCOUNT",
        QUEUE: "MAIL_QUEUE",
        TOPIC: "ALERT_TOPIC",
        "198.51.100.7": "OFFICE",
    },
    production_addresses={ip_address("203.0.113.9"): "cdn.shop.example"},
    replica_networks=(ip_network("10.30.0.0/24"), ip_network("127.0.0.0/8")),
    replica_names=frozenset(
        {
            "lt-www.shop.example",
            "lt-shop.example",
            "lt.shop-uploads",
            "444455556666",
            "https://lt.example/queues/shop-uploads",
        }
    ),
)
