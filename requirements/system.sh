#!/bin/sh
# Fetch the programs that some tests drive: a browser, tshark, node, and strongSwan where tests speak
# with it. Installs through apt where it may; elsewhere it names what is missing and how to get it.
set -u

missing=""
need() { missing="$missing $1"; }
have() { command -v "$1" >/dev/null 2>&1; }
browser() { have chromium || have chromium-browser || have google-chrome || have google-chrome-stable; }
fonts() { ! have fc-list || [ -n "$(fc-list 2>/dev/null | head -n 1)" ]; }
live_tests() { grep -rqs --include='*.py' 'mark\.live' tests; }

browser || need chromium
{ fonts && have fc-list; } || need "fontconfig fonts-dejavu-core"
have tshark || need tshark
have node || need nodejs
if live_tests; then
  [ -x /usr/lib/ipsec/charon ] || need "strongswan-charon strongswan-swanctl strongswan-libcharon libcharon-extra-plugins \
libcharon-extauth-plugins libstrongswan-standard-plugins libstrongswan-extra-plugins"
  have ip || need iproute2
  have ping || need iputils-ping
  have unshare || need util-linux
fi
[ -n "$missing" ] || exit 0

as_root=""
if [ "$(id -u)" != 0 ]; then
  if have sudo && sudo -n true 2>/dev/null; then as_root="sudo -n"; else as_root=no; fi
fi
if ! have apt-get || [ "$as_root" = no ]; then
  echo "Not installed, so the tests that need them are skipped:$missing"
  have apt-get && echo "  to get them: sudo apt install$missing"
  exit 0
fi

# On Ubuntu the package `chromium` is a snap, which cannot run here; Playwright brings a build of its own there.
case "$missing" in
  *chromium*)
    if grep -qs '^ID=ubuntu' /etc/os-release; then
      missing=$(echo "$missing" | sed 's/ chromium//')
      ${VENV:-.venv}/bin/python -m playwright install chromium || echo "no browser could be fetched"
    fi ;;
esac

# Daemons that come with a package must not start: the tests run their own, in a namespace of their own.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
  trap '$as_root rm -f $policy' EXIT
  printf '#!/bin/sh\nexit 101\n' | $as_root tee $policy >/dev/null
  $as_root chmod +x $policy
fi
echo "Fetching$missing"
log=$(mktemp)
if ! { $as_root apt-get update && $as_root env DEBIAN_FRONTEND=noninteractive \
       apt-get install -y --no-install-recommends $missing; } >"$log" 2>&1 </dev/null; then
  tail -n 15 "$log"
  echo "apt could not install$missing; the tests that need them are skipped"
fi
rm -f "$log"
exit 0
