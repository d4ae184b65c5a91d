"""Names, schemes, ports and hosts in, the service and the role that they speak of out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

_CAMEL = re.compile(
    r"[sS]3(?![0-9])|[eE][cC]2|(?:DB|LDAP|SMTP|FTP|API|URL|AWS|SQL|IP)(?=[a-z]{2})|[A-Z]+(?=[A-Z][a-z])|"
    r"[A-Z]?[a-z]+|[A-Z]+|\d+|[^\W\d_A-Za-z]+"
)

_SERVICES = {
    "mysql": "mysql mysqli mariadb db dbh database databases rds aurora sql pdo dbal doctrine",
    "postgresql": "pgsql postgres postgresql pg",
    "redis": "redis predis phpredis sentinel sentinels",
    "memcached": "memcache memcached memcaches",
    "rabbitmq": "rabbit rabbitmq amqp amqps mq broker celery",
    "mongodb": "mongo mongodb",
    "elasticsearch": "elastic elasticsearch opensearch es",
    "solr": "solr sphinx",
    "smtp": "smtp smtps mail mailer email sendmail mta imap pop3 smarthost",
    "ldap": "ldap ldaps",
    "ftp": "ftp ftps sftp",
    "ssh": "ssh scp rsync",
    "sqs": "sqs",
    "s3": "s3 bucket",
    "cloudfront": "cloudfront",
    "beanstalkd": "beanstalkd beanstalk",
    "gearman": "gearman",
    "statsd": "statsd graphite",
    "syslog": "syslog graylog logstash",
    "proxy": "proxy proxies varnish",
    "payment": "payment payments pay checkout",
    "aws": "aws",
    "slack": "slack",
}
_BY_WORD = {word: service for service, words in _SERVICES.items() for word in words.split()}
_GLUED = re.compile(
    r"^(?:wg|my|the|old|new|app)?(?P<service>mysql|pgsql|postgres|mariadb|database|db|rds|redis|memcached?|"
    r"rabbitmq|rabbit|amqp|mongo|elastic|solr|sphinx|smtp|mail|ldap|sftp|ftp|ssh|sqs|s3|varnish|proxy)"
    r"(?:host|hostname|server|servers|user|username|pass|passwd|password|pw|port|name|url|uri|dsn|endpoint|"
    r"bucket|conn|connection|config|node|nodes|cluster|slave|master|read|write|\d+)"
)
_BY_SCHEME = {
    "mysql": "mysql", "mysqli": "mysql", "mariadb": "mysql", "pgsql": "postgresql", "postgres": "postgresql",
    "postgresql": "postgresql", "redis": "redis", "rediss": "redis", "memcached": "memcached",
    "amqp": "rabbitmq", "amqps": "rabbitmq", "mongodb": "mongodb", "smtp": "smtp", "smtps": "smtp",
    "ldap": "ldap", "ldaps": "ldap", "ftp": "ftp", "ftps": "ftp", "sftp": "ftp", "ssh": "ssh",
    "rsync": "rsync",
    "s3": "s3", "http": "http", "https": "http", "ws": "http", "wss": "http", "feed": "http",
    "elasticsearch": "elasticsearch", "beanstalkd": "beanstalkd",
}  # fmt: skip
_BY_PORT = {
    "3306": "mysql", "5432": "postgresql", "6379": "redis", "26379": "redis", "11211": "memcached",
    "5672": "rabbitmq", "5671": "rabbitmq", "15672": "rabbitmq", "27017": "mongodb", "9200": "elasticsearch",
    "9300": "elasticsearch", "8983": "solr", "9312": "solr", "25": "smtp", "465": "smtp", "587": "smtp",
    "389": "ldap", "636": "ldap", "21": "ftp", "22": "ssh", "80": "http", "443": "http", "8080": "http",
    "11300": "beanstalkd", "4730": "gearman", "8125": "statsd", "514": "syslog",
}  # fmt: skip
DEFAULT_PORTS = {
    "mysql": "3306", "postgresql": "5432", "redis": "6379", "memcached": "11211", "rabbitmq": "5672",
    "mongodb": "27017", "smtp": "25", "ldap": "389", "ftp": "21", "ssh": "22",
}  # fmt: skip
_BY_HOST = (
    (re.compile(r"\.rds\.amazonaws\.com(\.cn)?$"), "mysql"),
    (re.compile(r"\.cache\.amazonaws\.com(\.cn)?$"), "redis"),
    (re.compile(r"\.mq\.[a-z0-9-]+\.(amazonaws\.com|on\.aws)"), "rabbitmq"),
    (re.compile(r"(^|\.)s3[.-]([a-z0-9-]+\.)*amazonaws\.com"), "s3"),
    (re.compile(r"^(sqs|queue)\.[a-z0-9.-]*amazonaws\.com"), "sqs"),
    (re.compile(r"^email(-smtp)?\.[a-z0-9-]+\.amazonaws\.com"), "smtp"),
    (re.compile(r"\.cloudfront\.net$"), "cloudfront"),
    (re.compile(r"\.es\.amazonaws\.com$"), "elasticsearch"),
    (re.compile(r"\.elasticbeanstalk\.com$"), "elasticbeanstalk"),
    (re.compile(r"\.(elb|execute-api)\."), "http"),
)
_HOST_LABEL = re.compile(
    r"^(?P<service>db|mysql|maria|rds|sql|redis|memcached?|rabbit(?:mq)?|amqp|mq|mongo|elastic(?:search)?|"
    r"solr|"
    r"smtp|mail|mx|relay|ldap|s?ftp|proxy|sqs|s3|cdn)\d*(?=$|[-_.\d])|"
    r"(?:^|[-_.])(?P<inner>db|mysql|redis|memcached?|rabbitmq|smtp)\d*(?=$|[-_.])"
)
_ROLES = {
    "reader": "read reader readonly ro slave slaves replica replicas",
    "writer": "write writer rw master primary",
    "session": "session sessions sess",
    "cache": "cache caches",
    "queue": "queue queues job jobs",
    "cdn": "cdn static asset assets media img image images",
    "api": "api rest",
    "cookie": "cookie",
    "admin": "admin backend backoffice",
    "search": "search",
    "mobile": "mobile",
}
_ROLE_BY_WORD = {word: role for role, words in _ROLES.items() for word in words.split()}


@lru_cache(maxsize=8192)
def words(name: str) -> tuple[str, ...]:
    """The words of a name in lower case: `dbReadHost`, `DB_READ_HOST` and `db.read-host` give the same."""
    return tuple(word.lower() for word in _CAMEL.findall(name))


@lru_cache(maxsize=8192)
def normal(names: Sequence[str]) -> str:
    """A path of names as rules see it: words joined by `_`, names by `.` (`config.db_read.host`)."""
    return ".".join("_".join(words(name)) for name in names)


def service_of(
    names: Sequence[str] = (), scheme: str = "", port: str = "", host: str = "", default: str = ""
) -> str:
    """The service that is spoken of: by its endpoint, its scheme, its nearest name, its port, its label."""
    by_scheme = _BY_SCHEME.get(scheme, "")
    named = _by_names(names)
    if by_scheme == "http" and named in {"mysql", "smtp"}:
        named = ""
    told = (
        _by_endpoint(names, port, host),
        by_scheme if by_scheme != "http" else "",
        named,
        _BY_PORT.get(port, ""),
        by_scheme,
        _by_label(host) if "." in host or not default else "",
    )
    return next((service for service in told if service), default or "http")


def _by_endpoint(names: Sequence[str], port: str, host: str) -> str:
    """The service of an endpoint of AWS's; a cache is memcached where anything says so."""
    service = _by_host(host)
    is_memcached = port == "11211" or ".cfg." in host or _by_names(names) == "memcached"
    return "memcached" if service == "redis" and is_memcached else service


@lru_cache(maxsize=8192)
def _by_host(host: str) -> str:
    return next((service for pattern, service in _BY_HOST if pattern.search(host)), "")


@lru_cache(maxsize=8192)
def _by_label(host: str) -> str:
    label = _HOST_LABEL.search(host.partition(".")[0])
    return _by_word(label.group("service") or label.group("inner") or "") if label else ""


@lru_cache(maxsize=8192)
def _by_names(names: Sequence[str]) -> str:
    for name in [n for n in names if not n.isdigit()][-1:-5:-1]:
        for word in words(name):
            if found := _by_word(word):
                return found
        glued = _GLUED.match(name.lower().lstrip("_"))
        if glued:
            return _by_word(glued.group("service"))
    return ""


def _by_word(word: str) -> str:
    return _BY_WORD.get(word, _BY_WORD.get(word.rstrip("0123456789"), ""))


def named_service(names: Sequence[str]) -> str:
    """The service that the names speak of, '' if none."""
    return _by_names(names)


def role_of(names: Sequence[str] = (), host: str = "", service: str = "") -> str:
    """The part that the value plays for its service (`reader`, `session`, `cdn`); '' if nothing says so.

    The name that holds it speaks first, then the host's own label, then the names around.
    """
    if ".cluster-ro-" in host:
        return "reader"
    if ".cluster-" in host:
        return "writer"
    if host.startswith("m."):
        host = f"mobile{host[1:]}"
    nearest, further = names[-1:], names[:-1]
    for name in (*nearest, host.partition(".")[0], *reversed(further)):
        for word in reversed(words(name)):
            if word in _ROLE_BY_WORD and _ROLE_BY_WORD[word] != service:
                return _ROLE_BY_WORD[word]
    return ""
