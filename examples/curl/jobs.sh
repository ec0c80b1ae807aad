#!/bin/sh
# Posts, claims and deletes messages with curl alone.
#
# Environment: SUKKAL_URL (default http://127.0.0.1:8787), and one of SUKKAL_KEY (an API key), SUKKAL_TOKEN (Keystone's, of
# `openstack token issue -f value -c id`) and SUKKAL_PROJECT (for AUTH_STRATEGY=none; default demo).
set -eu
queue="${SUKKAL_URL:-http://127.0.0.1:8787}/v2/queues/curl-jobs"

sukkal() {
  # Both kinds of credentials determine the project, and both may be sent as X-Auth-Token.
  credential="X-Auth-Token: ${SUKKAL_KEY:-${SUKKAL_TOKEN:-}}"
  if [ "$credential" = "X-Auth-Token: " ]; then credential="X-Project-ID: ${SUKKAL_PROJECT:-demo}"; fi
  curl --silent --show-error --fail-with-body -H "Client-ID: 3381af92-2b9e-11e3-b191-71861300734c" -H "$credential" \
    -H "Content-Type: application/json" "$@"
}

echo "post two messages:"
sukkal "$queue/messages" -d '{"messages": [{"body": {"resize": "cat.png"}, "ttl": 3600}, {"body": "plain text", "ttl": 3600}]}'
echo
echo "claim one for five minutes, waiting up to 20 seconds for a message:"
claimed=$(sukkal -H "Prefer: wait=20" "$queue/claims?limit=1" -d '{"ttl": 300, "grace": 60}')
echo "$claimed"
echo "delete it with its href, which contains the id of the claim:"
href=$(echo "$claimed" | sed 's/.*"href":"\([^"]*\)".*/\1/')
sukkal -X DELETE "${SUKKAL_URL:-http://127.0.0.1:8787}$href"
echo "statistics of the queue:"
sukkal "$queue/stats"
echo
sukkal -X DELETE "$queue"
