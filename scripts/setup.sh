#!/bin/bash
# Installs what the project needs on a Debian machine: npm (any), the locked packages (a new enough node among them),
# and what the lab builds hosts with. Safe to run again: what is there is left alone.
set -euo pipefail
cd "$(dirname "$0")/.."

missing=()
need() { command -v "$1" >/dev/null || missing+=("$2"); }
need npm npm
need node nodejs
need git git
need curl curl
need ssh openssh-client
need debootstrap debootstrap
need systemd-nspawn systemd-container
need ip iproute2
need ping iputils-ping
[ -x /usr/sbin/sshd ] || missing+=(openssh-server)
if [ "${#missing[@]}" -gt 0 ]; then
  if [ "$(id -u)" -ne 0 ]; then
    echo "WL-SETUP: missing ${missing[*]}; run as root, or install them" >&2
    exit 2
  fi
  echo "installing ${missing[*]}"
  apt-get -qq update
  # sshd is only started by tests that bring their own configuration.
  DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -qq -y --no-install-recommends install "${missing[@]}" >/dev/null
fi

stamp=node_modules/.windlass-lock
if ! cmp -s package-lock.json "$stamp"; then
  echo "installing the locked packages"
  npm ci --no-audit --no-fund --loglevel=error
  cp package-lock.json "$stamp"
fi
