#!/usr/bin/env bash
# From a fresh checkout to a running messenger. What lives here: finding a Python and making the virtualenv, nothing else;
# the commands themselves are deploy/run.py, deploy/run_tests.py, deploy/tidy.py and deploy/bench.py.
# Everything that is made lies in .messenger/ (or in $MESSENGER_HOME): remove that folder to start over.
set -euo pipefail
# A site's own settings for another Python would reach into our virtualenv.
unset PYTHONHOME PYTHONPATH

usage() {
  printf '%s\n' \
    'usage: ./setup_env.sh run [--port 8000] [--ws-port 8001]' \
    '           starts web2py and the live chat on this machine, and prints the address and how to log in' \
    '       ./setup_env.sh tidy [--dry-run]' \
    '           removes sessions that are over and old events, as the live chat does each hour' \
    '       ./setup_env.sh test [room ...] [pytest arguments]' \
    '           runs the whole test suite, or that of the rooms: core, live/wire, thread ...' \
    '       ./setup_env.sh bench [name ...] [--rounds 5] [--quick]' \
    '           measures the live chat and its peers in turn, and prints a table (--help lists the names)' \
    '' \
    'Settings (environment): PYTHON          the Python to use (3.9 to 3.13)' \
    '                        WEB2PY_HOME     an existing web2py to run in, instead of a private one' \
    '                        MESSENGER_HOME  where everything made is kept, instead of .messenger/'
}

fail() {
  printf 'setup_env.sh: %s\n' "$1" >&2
  exit "${2:-1}"
}

version_of() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null; }

supported() { case $1 in 3.9 | 3.10 | 3.11 | 3.12 | 3.13) ;; *) return 1 ;; esac; }

# Debian packs venv and ensurepip apart; a Python built without the headers lacks ssl or sqlite3.
complete() { "$1" -c 'import ensurepip, sqlite3, ssl, venv' 2>/dev/null; }

# Sets $python and $version. A name that exists may still fail to start: pyenv leaves one for every version it has installed.
find_python() {
  local name incomplete='' unfit=''
  # 3.12 and later come last: web2py 2.26 needs two stand-ins for modules they dropped.
  local names=(python3.11 python3.10 python3.9 python3 python3.12 python3.13 python)
  [[ -z ${PYTHON:-} ]] || names=("$PYTHON")
  for name in "${names[@]}"; do
    version=$(version_of "$name") || continue
    if ! supported "$version"; then
      unfit="$name is Python $version"
    elif ! complete "$name"; then
      incomplete="$name lacks one of the modules venv, ensurepip, ssl, sqlite3 (on Debian and Ubuntu: apt install python3-venv)"
    else
      python=$name
      return
    fi
  done
  [[ -z $incomplete ]] || fail "$incomplete"
  [[ -z $unfit ]] || fail "Python 3.9 to 3.13 is needed; $unfit"
  [[ -z ${PYTHON:-} ]] || fail "PYTHON=$PYTHON doesn't start"
  fail 'Python 3.9 to 3.13 is needed; none found (name one: PYTHON=/path/to/python3 ./setup_env.sh ...)'
}

# The made virtualenv is good enough unless somebody asks for another Python than the one it was made with.
venv_is_ready() {
  [[ -r $venv/made ]] && read -r version <"$venv/made" || return 1
  [[ $(version_of "$venv/bin/python") == "$version" ]] || return 1
  [[ -z ${PYTHON:-} || $(version_of "$PYTHON") == "$version" ]]
}

# The lock stays with file 9 as long as this shell keeps it open. (There is no flock command on macOS.)
lock() {
  exec 9>>"$home/lock"
  "$python" -c 'import fcntl; fcntl.flock(9, fcntl.LOCK_EX)'
}

make_venv() {
  find_python
  lock
  # Somebody else may have made it while we waited.
  if ! venv_is_ready; then
    printf 'messenger: making a virtualenv with Python %s in %s\n' "$version" "$venv"
    rm -f "$venv/made"
    "$python" -m venv --clear "$venv" >"$home/logs/setup.log" 2>&1 || fail "making the virtualenv failed, see $home/logs/setup.log"
    # Last of all: without this file a half-made virtualenv is made again.
    version_of "$venv/bin/python" >"$venv/made"
  fi
  exec 9>&-
}

here=${BASH_SOURCE[0]}
[[ $here == */* ]] || here=./$here
root=$(CDPATH='' cd -- "${here%/*}" && pwd -P)
home=${MESSENGER_HOME:-$root/.messenger}
venv=$home/venv

case ${1:-help} in
  run) command=run.py ;;
  test) command=run_tests.py ;;
  tidy) command=tidy.py ;;
  bench) command=bench.py ;;
  help | --help | -h) usage && exit ;;
  *) fail "unknown command '$1' (see ./setup_env.sh help)" 2 ;;
esac
shift

if ! venv_is_ready; then
  find_python
  { mkdir -p "$home/logs" && : >>"$home/lock"; } 2>/dev/null || fail "can't write in $home"
  make_venv
fi
exec "$venv/bin/python" "$root/deploy/$command" "$@"
