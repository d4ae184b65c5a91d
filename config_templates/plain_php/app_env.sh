# This machine's values as shell variables (`$AppEnv_DB_HOST`). Written by `portability apply`; sourced
# by scripts, which tell this file's folder in $_portability. The values come from current.env, which
# `portability render` writes; what the script, or whoever calls it, knows by the same names stays.
# Without them, or with those of another environment or machine, the script ends with code 78.
_portability_stop() {
    echo "portability: $1" >&2
    exit 78
}
_portability_file=@@RENDERED@@/current.env
if [ ! -r "$_portability_file" ] && @@FALLBACK@@ && [ -z "${PORTABILITY_ENV:-}" ]; then
    _portability_file=@@RENDERED@@/production.env
fi
if [ ! -f "$_portability_file" ] || [ ! -r "$_portability_file" ]; then
    _portability_stop "no environment is rendered here: $_portability_file is missing or unreadable; run portability render --env NAME"
fi
if ! grep -q '^PORTABILITY_ENV=.' "$_portability_file" || ! (. "$_portability_file") >/dev/null 2>&1; then
    _portability_stop "$_portability_file is damaged; run portability render --env NAME"
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
    _portability_stop "$_portability_file was rendered for $AppEnv_PORTABILITY_ENV, but PORTABILITY_ENV is $PORTABILITY_ENV"
fi
if [ -n "$AppEnv_PORTABILITY_HOST" ]; then
    case $(uname -n) in
    $AppEnv_PORTABILITY_HOST) ;;
    *)
        _portability_stop "$_portability_file was rendered for machines named $AppEnv_PORTABILITY_HOST, this is $(uname -n)"
        ;;
    esac
fi
if [ -n "$AppEnv_PORTABILITY_MARKER" ]; then
    _portability_line=
    if [ -r "$AppEnv_PORTABILITY_MARKER" ]; then
        read -r _portability_line <"$AppEnv_PORTABILITY_MARKER" || :
    fi
    if [ "$_portability_line" != "$AppEnv_PORTABILITY_HOLDS" ]; then
        _portability_stop "$_portability_file was rendered for another machine: $AppEnv_PORTABILITY_MARKER says so"
    fi
fi
unset -f _portability_stop
