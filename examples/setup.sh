#!/bin/sh
# What a fresh Debian machine needs: `setup.sh python` names an interpreter, `setup.sh system`
# installs Debian's packages (root or sudo), or prints what is missing and ends with 1.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

python() {
    for name in python3.13 python3.12 python3.11 python3; do
        if command -v "$name" >/dev/null 2>&1 &&
            "$name" -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            echo "$name"
            return
        fi
    done
    if as_root true; then
        install_packages python3 python3-venv >&2
        echo python3
        return
    fi
    echo "Python 3.11 or newer with its venv module is missing: apt-get install python3 python3-venv" >&2
    echo python3
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1 && sudo -n true >/dev/null 2>&1; then
        sudo "$@"
    else
        return 1
    fi
}

missing() {
    sed 's/#.*//' "$here/stage/packages.txt" | while read -r name; do
        [ -n "$name" ] || continue
        status=$(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null || true)
        [ "$status" = installed ] || echo "$name"
    done
}

# Debian starts a server when it installs it; the tests start their own, so none may start here.
install_packages() {
    policy=/usr/sbin/policy-rc.d
    made=
    if [ ! -e "$policy" ]; then
        made=yes
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod 755 "$policy"
    fi
    code=0
    as_root apt-get update -q -q || true
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -q -y --no-install-recommends "$@" || code=$?
    [ -z "$made" ] || as_root rm -f "$policy"
    return "$code"
}

system() {
    if ! command -v dpkg-query >/dev/null 2>&1; then
        echo "this is no Debian: install what these packages hold yourself:" >&2
        cat "$here/stage/packages.txt" >&2
        return 0
    fi
    names=$(missing)
    [ -n "$names" ] || return 0
    if ! as_root true; then
        echo "these Debian packages are missing, and neither root nor sudo is there to install them:" >&2
        echo "$names" | sed 's/^/  /' >&2
        echo "  apt-get install" $names >&2
        return 1
    fi
    echo "installing Debian packages:" $names
    install_packages $names >/dev/null
}

case "${1:-}" in
python) python ;;
system) system ;;
*)
    echo "usage: setup.sh python|system" >&2
    exit 2
    ;;
esac
