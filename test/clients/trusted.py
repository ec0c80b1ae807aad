"""openstacksdk with the service at SUKKAL_URL, which trusts X-Project-ID."""

import os

from keystoneauth1 import session, token_endpoint
from openstack import connection

URL = os.environ['SUKKAL_URL']


class ProjectToken(token_endpoint.Token):
    """The SDK sends the project of its authentication; a bare token has none."""

    def __init__(self, project):
        super().__init__(endpoint=URL, token='trusted')
        self.project = project

    def get_project_id(self, session, **kwargs):
        return self.project


def connected(project):
    """Returns a session of the project, and the SDK that uses it."""
    opened = session.Session(auth=ProjectToken(project))
    return opened, connection.Connection(session=opened, message_endpoint_override=URL, message_api_version='2')
