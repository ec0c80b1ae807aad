#!/bin/sh
# Posts, claims and deletes messages with curl alone.
#
# SUKKAL_URL (http://127.0.0.1:8787), PROJECT (demo), API_KEY (none: AUTH_STRATEGY=none).
set -eu
queue="${SUKKAL_URL:-http://127.0.0.1:8787}/v2/queues/curl-jobs"

sukkal() {
  if [ -n "${API_KEY:-}" ]; then proof="Authorization: Bearer $API_KEY"; else proof="X-Project-ID: ${PROJECT:-demo}"; fi
  curl --silent --show-error --fail-with-body -H "Client-ID: 3381af92-2b9e-11e3-b191-71861300734c" -H "$proof" \
    -H "Content-Type: application/json" "$@"
}

echo "post two messages:"
sukkal "$queue/messages" -d '{"messages": [{"body": {"resize": "cat.png"}, "ttl": 3600}, {"body": "plain text", "ttl": 3600}]}'
echo
echo "claim one for five minutes, and wait up to 20 seconds if there is none:"
claimed=$(sukkal -H "Prefer: wait=20" "$queue/claims?limit=1" -d '{"ttl": 300, "grace": 60}')
echo "$claimed"
echo "delete it with the href of the claim, which holds the claim's id:"
href=$(echo "$claimed" | sed 's/.*"href":"\([^"]*\)".*/\1/')
sukkal -X DELETE "${SUKKAL_URL:-http://127.0.0.1:8787}$href"
echo "what is left:"
sukkal "$queue/stats"
echo
sukkal -X DELETE "$queue"
