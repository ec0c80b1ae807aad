#!/bin/sh
# request.sh METHOD URL: a request to the service. It fails, and shows the answer, if the service refuses it.
#
# Environment: BODY (JSON), and one of SUKKAL_KEY (an API key), SUKKAL_TOKEN (Keystone's, of `openstack token issue -f value -c id`) and
# SUKKAL_PROJECT (for AUTH_STRATEGY=none; default demo).
set -eu
# Both kinds of credentials determine the project, and both may be sent as X-Auth-Token.
credential="X-Auth-Token: ${SUKKAL_KEY:-${SUKKAL_TOKEN:-}}"
if [ "$credential" = "X-Auth-Token: " ]; then credential="X-Project-ID: ${SUKKAL_PROJECT:-demo}"; fi
type=application/json
if [ "$1" = PATCH ]; then type=application/openstack-messaging-v2.0-json-patch; fi
# By standard input, because others may see the arguments of a process.
printf 'header = "%s"\n' "$credential" |
  curl --silent --show-error --fail-with-body --retry 3 --config - --request "$1" ${BODY:+--data "$BODY"} \
    --header "Client-ID: 3381af92-2b9e-11e3-b191-71861300734c" --header "Content-Type: $type" "$2"
