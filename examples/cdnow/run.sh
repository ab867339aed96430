#!/usr/bin/env bash
# Validates and compiles this workspace, replays eighteen months of purchases, prints the report.
# Expects `oncue` on the PATH; every run starts from a fresh database in .oncue/.
set -euo pipefail
cd "$(dirname "$0")"
python=$(dirname "$(command -v oncue)")/python
[ -x "$python" ] || python=python3

rm -rf .oncue
mkdir -p .oncue
oncue validate
oncue compile --output .oncue/plan.json
"$python" contacts.py > .oncue/contacts.jsonl
"$python" events.py > .oncue/events.jsonl
oncue run .oncue/contacts.jsonl .oncue/events.jsonl --clock events
oncue report
