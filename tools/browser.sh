#!/usr/bin/env bash
# Prints the path of a Chromium for the browser tests. Where there is none and we are root on a Debian-like system, it is
# installed from the system's packages; elsewhere one line says what to install.
set -euo pipefail
find_browser() {
  for name in "${CHROMIUM_BIN:-}" chromium chromium-browser google-chrome google-chrome-stable; do
    if [ -n "$name" ] && command -v "$name"; then return 0; fi
  done
  return 1
}
find_browser && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "Installing chromium from the system's packages for the browser tests…" >&2
  { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends chromium; } >&2
  find_browser && exit 0
fi
echo "The browser tests need Chromium: install it (Debian, Ubuntu: sudo apt-get install chromium), or set CHROMIUM_BIN to its path." >&2
exit 1
