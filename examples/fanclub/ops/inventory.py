"""Lists what production is made of, for the auditors. Owner: ops, http://www.starclub.example"""
import os
import socket

SERVERS = {
    "writer": "starclub-prod.cluster-cfake0000001.eu-west-1.rds.amazonaws.com",
    "reader": "starclub-prod.cluster-ro-cfake0000001.eu-west-1.rds.amazonaws.com",
    "report": ("10.20.0.15", 3306),
    "rabbit": ("rabbit.prod.starclub.internal", 5672),
}
OWNERS = {"www.starclub.example": "web", "smtp.starclub.example": "ops"}
HELLO = b"EHLO www.starclub.example\r\n"
DB_PASSWORD = os.environ.get("DB_PASSWORD", "Fake-Pr0d-Writer-Pw")
TOKEN = os.environ.get("STARCLUB_TOKEN")
DBInstanceIdentifier = "starclub-prod"
XPATH = "//body/div"


def queue_url(name, account="111122223333"):
    return f"https://sqs.eu-west-1.amazonaws.com/{account}/{name}"


def smtp_greets(host="smtp.starclub.example"):
    with socket.create_connection((host, 25), timeout=3) as link:
        link.recv(200)
        link.sendall(HELLO)
        return link.recv(200).startswith(b"250")


def main():
    for name, where in sorted(SERVERS.items()):
        host, port = (where, 3306) if isinstance(where, str) else where
        print(name, host, port)
    print("mail", queue_url("starclub-prod-mail"))
    print("smtp", "up" if smtp_greets() else "down")
    print("owners", ", ".join(f"{host}={owner}" for host, owner in OWNERS.items()))


if __name__ == "__main__":
    main()
