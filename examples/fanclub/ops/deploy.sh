#!/bin/bash
# Deploys to production. Needs the deploy key. Author: web team, http://www.starclub.example/team
set -euo pipefail

APP=starclub
ENVIRONMENT="starclub-prod"
REGION=${AWS_REGION:-eu-west-1}
ACCOUNT=111122223333
LABEL=$(git rev-parse --short HEAD)

case "${1:-}" in
    --help) echo "usage: deploy.sh [--dry-run]"; exit 0 ;;
esac

aws s3 cp build.zip "s3://elasticbeanstalk-$REGION-$ACCOUNT/$APP/$LABEL.zip"
aws elasticbeanstalk update-environment --environment-name "$ENVIRONMENT" --version-label "$LABEL"
until curl -fs http://starclub-prod.eu-west-1.elasticbeanstalk.com/robots.txt | grep -q Sitemap; do sleep 5; done
ssh deploy@10.20.0.15 'sudo systemctl reload reports'
curl -s -X POST -d '{"text":"deployed"}' https://hooks.slack.com/services/T0FAKE000/B0FAKE000/FakeProdHook
echo "Deployed $LABEL"
