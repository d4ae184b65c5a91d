#!/bin/sh
# Copies the media of the club to S3 (starclub-prod-uploads) and drops old pages from the cache.
set -eu
. "$(dirname "$0")/../.env"

BUCKET=starclub-prod-uploads
export SESS_HOST="starclub-sess.fake01.0001.euw1.cache.amazonaws.com"
export REDISCLI_AUTH=Fake-Pr0d-Sess-Auth

aws s3 sync /srv/media "s3://$BUCKET/media" --region eu-west-1
redis-cli -h starclub-cache.fake01.0001.euw1.cache.amazonaws.com -p 6379 --scan --pattern 'sc:*' | xargs -r redis-cli -h "${REDIS_HOST:-localhost}" del
redis-cli -h "$SESS_HOST" ping
rsync -a /srv/export/ static.starclub.example::export/daily/
curl -fsS "http://www.starclub.example/demo/fanclub" > /dev/null
