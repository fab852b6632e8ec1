#!/bin/sh
# Plans, applies and plans again, against a sandbox of its own.
# Usage: examples/demo.sh path/to/payreconcile
set -eu
bin=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'kill "$sandbox" 2>/dev/null || true; rm -rf "$work"' EXIT INT TERM

"$bin" sandbox --listen 127.0.0.1:0 --seed "$here/seed.jsonl" >"$work/env" 2>"$work/log" &
sandbox=$!
until grep -q listening "$work/log"; do
  kill -0 "$sandbox" 2>/dev/null || { cat "$work/log" >&2; exit 1; }
  sleep 0.05
done
. "$work/env"
export PAYRECONCILE_JOURNAL="$work/payreconcile.db" PAYRECONCILE_CAPTURE_AMOUNT_UNIT=minor

step() { # step COMMAND…: shows the command, runs it, and goes on when payments are blocked (7)
  printf '\n$ payreconcile %s\n\n' "$*"
  "$bin" "$@" || [ $? -eq 7 ]
}

cd "$here"
step plan --out "$work/tonight.plan" manifests
step apply --auto-approve --concise "$work/tonight.plan"
step journal show
step plan manifests

cat <<'END'

That was a whole settlement: a plan, the money moved once, and nothing left to do.
The two blocked payments are meant to be: see examples/manifests/06-blocked.yaml.

Try next, in two terminals:

  bin/payreconcile sandbox --seed examples/seed.jsonl

  export PAYRECONCILE_ENDPOINT=http://127.0.0.1:8080 PAYRECONCILE_MERCHANT_ID=shop-eu
  export PAYRECONCILE_API_KEY_ID=sandbox-key PAYRECONCILE_API_SECRET=sandbox-secret
  bin/payreconcile plan --out tonight.plan examples/manifests/01-nightly-settlement.yaml
  bin/payreconcile apply tonight.plan
  bin/payreconcile journal show
  bin/payreconcile sandbox ledger 3066177101_0
END
