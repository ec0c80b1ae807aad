"""Posts, claims and deletes messages with OpenStack's python-zaqarclient.

Only the endpoint differs from a script for Zaqar. Environment: SUKKAL_URL (default http://127.0.0.1:8787), and one of
- SUKKAL_KEY: an API key. The client takes it for a token of Keystone, so it needs no other change.
- SUKKAL_TOKEN: a token of Keystone (`openstack token issue -f value -c id`). A script that runs for longer than tokens live gives
  Client(session=...) a session of keystoneauth1 instead, and no address: that is in the catalogue.
- SUKKAL_PROJECT (default demo), for AUTH_STRATEGY=none.
"""
import os

from zaqarclient.queues.v2 import client

token = os.environ.get("SUKKAL_KEY") or os.environ.get("SUKKAL_TOKEN")
if token:
    auth = {"backend": "keystone", "options": {"os_auth_token": token}}
else:
    auth = {"backend": "noauth", "options": {"os_project_id": os.environ.get("SUKKAL_PROJECT", "demo")}}

zaqar = client.Client(os.environ.get("SUKKAL_URL", "http://127.0.0.1:8787"), version=2, conf={"auth_opts": auth})
queue = zaqar.queue("python-jobs")

queue.post([{"body": {"resize": "cat.png"}, "ttl": 3600}, {"body": {"resize": "dog.png"}, "ttl": 3600}])
for message in queue.claim(ttl=300, grace=60, limit=10):
    try:
        print("done:", message.body["resize"])
    except (KeyError, TypeError) as error:
        # It stays claimed, and can be claimed again when the lease of 300 s is over.
        print("failed:", message.href, repr(error))
        continue
    message.delete()
print("left:", queue.stats["messages"]["total"])
queue.delete()
