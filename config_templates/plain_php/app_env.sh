# This machine's values as shell variables (`$AppEnv_DB_HOST`). Written by `portability apply`; sourced
# by scripts, which tell this file's folder in $_portability. The values come from current.env, which
# `portability render` writes; what the script, or whoever calls it, knows by the same names stays.
_portability_file=@@RENDERED@@/current.env
if [ ! -r "$_portability_file" ] && @@FALLBACK@@ && [ -z "${PORTABILITY_ENV:-}" ]; then
    _portability_file=@@RENDERED@@/production.env
fi
if [ ! -r "$_portability_file" ]; then
    echo "portability: no environment is rendered here: $_portability_file is missing or unreadable" >&2
    exit 78
fi
_portability_names=$(sed -n 's/^\([A-Za-z_][A-Za-z0-9_]*\)=.*/\1/p' "$_portability_file")
for _portability_name in $_portability_names; do
    eval "_portability_is_${_portability_name}=\${${_portability_name}+set}"
    eval "_portability_was_${_portability_name}=\${${_portability_name}-}"
done
. "$_portability_file"
for _portability_name in $_portability_names; do
    eval "AppEnv_${_portability_name}=\${${_portability_name}-}"
    if eval "[ -n \"\${_portability_is_${_portability_name}}\" ]"; then
        eval "${_portability_name}=\${_portability_was_${_portability_name}}"
    else
        unset "$_portability_name"
    fi
    unset "_portability_is_${_portability_name}" "_portability_was_${_portability_name}"
done
if [ -n "${PORTABILITY_ENV:-}" ] && [ "$PORTABILITY_ENV" != "$AppEnv_PORTABILITY_ENV" ]; then
    echo "portability: $_portability_file was rendered for $AppEnv_PORTABILITY_ENV, but PORTABILITY_ENV is $PORTABILITY_ENV" >&2
    exit 78
fi
if [ -n "$AppEnv_PORTABILITY_HOST" ]; then
    case $(uname -n) in
    $AppEnv_PORTABILITY_HOST) ;;
    *)
        echo "portability: $_portability_file was rendered for machines named $AppEnv_PORTABILITY_HOST" >&2
        exit 78
        ;;
    esac
fi
if [ -n "$AppEnv_PORTABILITY_MARKER" ]; then
    _portability_line=
    if [ -r "$AppEnv_PORTABILITY_MARKER" ]; then
        read -r _portability_line <"$AppEnv_PORTABILITY_MARKER" || :
    fi
    if [ "$_portability_line" != "$AppEnv_PORTABILITY_HOLDS" ]; then
        echo "portability: $_portability_file was rendered for another machine: $AppEnv_PORTABILITY_MARKER says so" >&2
        exit 78
    fi
fi
