"""Posts, claims and deletes messages with openstacksdk, as it comes with OpenStack.

With Keystone it needs only a cloud of clouds.yaml (OS_CLOUD): the address comes from the catalogue. Otherwise SUKKAL_URL (default
http://127.0.0.1:8787) is the address, SUKKAL_PROJECT (default demo) the project, and SUKKAL_KEY an API key of this project, which
AUTH_STRATEGY=none does not need.
"""
import os

import openstack
from keystoneauth1 import session, token_endpoint
from openstack.message.v2.claim import Claim


class WithoutKeystone(token_endpoint.Token):
    """Sends an API key where it would send a token, to an address that no catalogue has."""

    def get_project_id(self, session, **kwargs):
        return os.environ.get("SUKKAL_PROJECT", "demo")


def connect():
    if "OS_CLOUD" in os.environ:
        return openstack.connect(cloud=os.environ["OS_CLOUD"])
    url = os.environ.get("SUKKAL_URL", "http://127.0.0.1:8787")
    auth = WithoutKeystone(endpoint=url, token=os.environ.get("SUKKAL_KEY", "none"))
    return openstack.connection.Connection(
        session=session.Session(auth=auth), message_endpoint_override=url, message_api_version="2"
    )


zaqar = connect().message
zaqar.create_queue(name="sdk-jobs", _default_message_ttl=3600)
zaqar.post_message("sdk-jobs", [{"body": {"resize": name}} for name in ("cat.png", "dog.png")])
# zaqar.create_claim() does the same, except in old versions of the SDK, which do not find the id of the claim in the answer.
claim = Claim.new(queue_name="sdk-jobs", ttl=300, grace=60, limit=10).create(zaqar)
for message in claim.messages or []:
    try:
        print("done:", message["body"]["resize"])
    except (KeyError, TypeError) as error:
        # It stays claimed, and can be claimed again when the lease of 300 s is over.
        print("failed:", message["id"], repr(error))
        continue
    zaqar.delete_message("sdk-jobs", message["id"], claim=claim.id, ignore_missing=False)
print("left:", len(list(zaqar.messages("sdk-jobs", include_claimed=True))))
zaqar.delete_queue("sdk-jobs")
