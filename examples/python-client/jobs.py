"""Posts, claims and deletes messages with OpenStack's python-zaqarclient.

Only the endpoint differs from a script for Zaqar. Environment: SUKKAL_URL (default http://127.0.0.1:8787), PROJECT (default demo).
"""
import os
import uuid

from zaqarclient.queues.v2 import client

zaqar = client.Client(
    os.environ.get("SUKKAL_URL", "http://127.0.0.1:8787"),
    version=2,
    conf={
        "auth_opts": {
            "backend": "noauth",
            "options": {
                "client_uuid": str(uuid.uuid4()),
                "os_project_id": os.environ.get("PROJECT", "demo"),
            },
        }
    },
)
queue = zaqar.queue("python-jobs")

queue.post([{"body": {"resize": "cat.png"}, "ttl": 3600}, {"body": {"resize": "dog.png"}, "ttl": 3600}])
for message in queue.claim(ttl=300, grace=60, limit=10):
    print("done:", message.body["resize"])
    message.delete()
print("left:", queue.stats["messages"]["total"])
queue.delete()
