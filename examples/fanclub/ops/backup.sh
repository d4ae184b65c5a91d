#!/bin/sh
# nightly dump from the reader; the password comes from ~/.my.cnf since 2021
set -e
H='starclub-prod.cluster-ro-cfake0000001.eu-west-1.rds.amazonaws.com'
PGPASSWORD= ; password=
mysqldump -h "$H" -u starclub_ro -pFake-Pr0d-Reader-Pw starclub | gzip > /srv/backup/starclub.sql.gz
aws s3 cp /srv/backup/starclub.sql.gz s3://starclub-prod-uploads/backup/
cat <<'EOF' | mail -s "Backup done" ops@starclub.example
The backup lies in s3://starclub-prod-uploads/backup/ (password as always in the safe).
EOF
