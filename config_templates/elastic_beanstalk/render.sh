#!/bin/bash
# Written by `portability apply`: before a deployment, and before a change of the environment's
# configuration, renders the values that this Elastic Beanstalk environment is for. A failure ends
# the deployment and leaves the running release as it is.
set -euo pipefail
stop() { echo "portability: $1" >&2; exit 78; }

[ -n "${PORTABILITY_ENV:-}" ] || stop "PORTABILITY_ENV is not set: eb setenv PORTABILITY_ENV=NAME"
command -v portability >/dev/null || stop "the command portability is not installed on this instance"

umask 027
portability render --env "$PORTABILITY_ENV"
portability check --env "$PORTABILITY_ENV" --without-php

# Hooks run as root; the application runs as webapp.
for rendered in @@PLACES@@; do
    if [ -d "$rendered" ] && getent group webapp >/dev/null; then chgrp -R webapp "$rendered"; fi
done
