#!/bin/sh
# Independent programs that the tests compare with, and the browser that they drive. Installed where that is possible;
# tests skip with a reason elsewhere.
want() { # program, Debian's package, what becomes of the tests without it
    command -v "$1" >/dev/null 2>&1 && return
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        apt-get install -qq -y "$2" >/dev/null 2>&1 ||
            { apt-get update -qq && apt-get install -qq -y "$2"; } >/dev/null 2>&1 ||
            echo "$1 could not be installed; the tests that $3 it will be skipped" >&2
    else
        echo "$1 is not here; the tests that $3 it will be skipped (Debian: $2)" >&2
    fi
}

want exiftool libimage-exiftool-perl "compare with"
want chromium chromium "open pages in"
