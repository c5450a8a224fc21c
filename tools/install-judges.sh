#!/bin/sh
# Independent programs that the tests compare with. Installed where that is possible; tests skip with a reason elsewhere.
command -v exiftool >/dev/null 2>&1 && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    apt-get install -qq -y libimage-exiftool-perl >/dev/null 2>&1 ||
        { apt-get update -qq && apt-get install -qq -y libimage-exiftool-perl; } >/dev/null 2>&1 ||
        echo "exiftool could not be installed; the tests that compare with it will be skipped" >&2
else
    echo "exiftool is not here; the tests that compare with it will be skipped (Debian: libimage-exiftool-perl)" >&2
fi
