# Sourced by every finding: a temporary folder, packages, and the verdict.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT

# Install what is missing of these Debian packages and print the version of each.
debian() {
  local missing
  missing=$(for package in "$@"; do dpkg -s "$package" >/dev/null 2>&1 || echo "$package"; done)
  if [ -n "$missing" ]; then
    $([ "$(id -u)" = 0 ] || echo sudo) env DEBIAN_FRONTEND=noninteractive \
      apt-get install -y -qq --no-install-recommends $missing >/dev/null
  fi
  dpkg-query -W -f '${Package} ${Version}\n' "$@"
}

# Make $python a new environment that holds only these pinned Python packages, and print them.
python_with() {
  python=$temp/venv/bin/python
  /usr/bin/python3 -m venv "$temp/venv"
  "$python" -m pip install -qq --no-compile --disable-pip-version-check "$@"
  printf '%s\n' "$@"
}

# Install these pinned npm packages for $temp/run.mjs, and print them.
node_with() {
  command -v npm >/dev/null || debian nodejs npm
  npm install --prefix "$temp" --silent --no-audit --no-fund --ignore-scripts "$@" >/dev/null
  printf '%s\n' "$@"
}

# Run run.mjs; what it prints is kept, and its errors are printed if it fails.
run_node() {
  node "$temp/run.mjs" > "$temp/out" 2> "$temp/log" || { tail -5 "$temp/log"; exit 1; }
}

# Run run.py, with variables such as A=b; what it prints is kept, and its errors are printed if it fails.
run_python() {
  env "$@" "$python" "$temp/run.py" > "$temp/out" 2> "$temp/log" || { tail -5 "$temp/log"; exit 1; }
}

# Print line N of what was printed.
line() { sed -n "$1p" "$temp/out"; }

# Run run.py with LSL streams of this machine only.
run_with_lsl() {
  printf '[multicast]\nResolveScope = machine\n' > "$temp/lsl.cfg"
  run_python LSLAPICFG="$temp/lsl.cfg"
}

# Compare what was seen with what this finding states: same WHAT EXPECTED FOUND.
changed=0
same() {
  if [ "$2" = "$3" ]; then echo "$1: $3"; else echo "$1: expected $2, found $3"; changed=1; fi
}

# End with 0 if the behaviour is still the one stated, 1 otherwise.
verdict() {
  if [ "$changed" = 0 ]; then echo "Unchanged."; else echo "The behaviour has changed."; exit 1; fi
}
