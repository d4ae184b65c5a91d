# This machine's values as shell variables. Written by `portability apply`; sourced by scripts, which
# tell this file's folder in $_portability. The values come from current.env, which
# `portability render` writes.
_portability_file=@@RENDERED@@/current.env
if [ ! -r "$_portability_file" ] && @@FALLBACK@@ && [ -z "${PORTABILITY_ENV:-}" ]; then
    _portability_file=@@RENDERED@@/production.env
fi
if [ ! -r "$_portability_file" ]; then
    echo "portability: no environment is rendered here: $_portability_file is missing or unreadable" >&2
    exit 78
fi
_portability_asked=${PORTABILITY_ENV:-}
. "$_portability_file"
if [ -n "$_portability_asked" ] && [ "$_portability_asked" != "$PORTABILITY_ENV" ]; then
    echo "portability: $_portability_file was rendered for $PORTABILITY_ENV, but PORTABILITY_ENV is $_portability_asked" >&2
    exit 78
fi
if [ -n "$PORTABILITY_HOST" ]; then
    case $(uname -n) in
    $PORTABILITY_HOST) ;;
    *)
        echo "portability: $_portability_file was rendered for machines named $PORTABILITY_HOST" >&2
        exit 78
        ;;
    esac
fi
if [ -n "$PORTABILITY_MARKER" ]; then
    _portability_line=
    if [ -r "$PORTABILITY_MARKER" ]; then
        read -r _portability_line <"$PORTABILITY_MARKER" || :
    fi
    if [ "$_portability_line" != "$PORTABILITY_HOLDS" ]; then
        echo "portability: $_portability_file was rendered for another machine: $PORTABILITY_MARKER says so" >&2
        exit 78
    fi
fi
