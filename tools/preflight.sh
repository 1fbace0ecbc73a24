#!/bin/sh
# Says what is missing on this machine before anything is built: preflight.sh PYTHON
# A shell script, because what is missing may be Python itself.
set -u

python=${1:-python3}
missing=0

miss() {
    [ "$missing" -eq 0 ] && echo "Cannot build Retold's environment yet:" >&2
    missing=1
    echo "  - $1" >&2
}

remedy() {
    cat >&2 <<'TXT'

What supplies them:
  Debian, Ubuntu   apt-get install python3 python3-venv python3-dev g++
  Fedora           dnf install python3 python3-devel gcc-c++
  macOS            xcode-select --install; brew install python libomp
Another Python or compiler is chosen with: make PYTHON=/path/to/python3.12 CXX=clang++ ...
TXT
    exit 1
}

if ! command -v "$python" >/dev/null 2>&1; then
    miss "Python 3.11 or newer: no '$python' is installed"
    remedy
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    found=$("$python" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null)
    miss "Python 3.11 or newer: '$python' is ${found:-not a working Python}"
    remedy
fi

"$python" -c 'import venv, ensurepip; ensurepip.version()' 2>/dev/null ||
    miss "Python's modules venv and ensurepip (Debian has them in python3-venv)"
for module in sqlite3 ssl; do
    "$python" -c "import $module" 2>/dev/null ||
        miss "Python's module $module: '$python' was built without it"
done

headers=$("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))')
[ -f "$headers/Python.h" ] || miss "Python's headers: no $headers/Python.h"

# hnswlib comes as C++ source only. It is built with the compiler setuptools takes, which is
# $CXX or else the one this Python was built with, and with OpenMP but on macOS.
compiler=${CXX:-$("$python" -c 'import sysconfig; print(sysconfig.get_config_var("CXX") or "c++")')}
openmp=-fopenmp
[ "$(uname -s)" = Darwin ] && openmp=
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat > "$work/probe.cpp" <<'CPP'
#include <vector>
int main() { return std::vector<int>(1).at(0); }
CPP
# Unquoted: $CXX may carry options, as in CXX="ccache g++".
if ! command -v ${compiler%% *} >/dev/null 2>&1; then
    miss "a C++ compiler: '$compiler' is not installed"
    for other in c++ g++ clang++; do
        if command -v "$other" >/dev/null 2>&1; then
            echo "    ($other is: try again with CXX=$other)" >&2
            break
        fi
    done
elif ! $compiler -std=c++14 $openmp "$work/probe.cpp" -o "$work/probe" 2>"$work/errors"; then
    miss "a working C++ compiler: '$compiler -std=c++14 $openmp' cannot build a small program:"
    sed -n '1,5s/^/      /p' "$work/errors" >&2
fi

[ "$missing" -eq 0 ] || remedy
