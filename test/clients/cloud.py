"""The setup of Keystone that an operator makes before the service can be used.

The service and its endpoint in the catalogue, the account with which the service validates tokens, two projects, and a user of
each for each role. set_up() keeps what exists, so every script can call it.
"""

import os

import requests
from keystoneauth1 import session
from keystoneauth1.identity import v3
from keystoneclient.v3 import client

SUKKAL_URL = os.environ['SUKKAL_URL']
KEYSTONE_URL = os.environ['KEYSTONE_URL']
# Issues tokens that live for a few seconds, out of the same database.
SHORT_LIVED_URL = os.environ['KEYSTONE_SHORT_LIVED_URL']
REGION = 'RegionOne'
PASSWORD = 'secret-of-everybody'
# Keystone's id of the domain that is called Default.
DOMAIN = 'default'
SECONDS_MAX = 60


def set_up():
    keystone = operator()
    service = made(keystone.services, 'zaqar', type='messaging')
    if not keystone.endpoints.list(service=service):
        keystone.endpoints.create(service, SUKKAL_URL, interface='public', region=REGION)
    account = made(keystone.users, os.environ['KEYSTONE_USERNAME'], password=os.environ['KEYSTONE_PASSWORD'], domain=DOMAIN)
    # The validation of tokens needs only this role, not admin.
    grant(keystone, 'service', account, project=made(keystone.projects, os.environ['KEYSTONE_PROJECT'], domain=DOMAIN))
    for name in ('alpha', 'beta'):
        project = made(keystone.projects, name, domain=DOMAIN)
        for role in ('reader', 'member', 'admin'):
            user = made(keystone.users, '%s-%s' % (name, role), password=PASSWORD, domain=DOMAIN)
            grant(keystone, role, user, project=project)
    grant(keystone, 'member', made(keystone.users, 'domain-member', password=PASSWORD, domain=DOMAIN), domain=DOMAIN)


def made(manager, name, **attributes):
    """The resource with this name; created if there is none."""
    found = manager.list(name=name)
    return found[0] if found else manager.create(name, **attributes)


def grant(keystone, role, user, **where):
    keystone.roles.grant(made(keystone.roles, role), user=user, **where)


def operator():
    """Keystone as the operator of the whole cloud administers it."""
    return keystone_of(logged_in('admin', 'admin', password=os.environ['KEYSTONE_ADMIN_PASSWORD']))


def keystone_of(opened):
    return client.Client(session=opened, interface='public', endpoint_override=KEYSTONE_URL + '/v3')


def logged_in(user, project=None, password=PASSWORD, url=KEYSTONE_URL, **scope):
    """A session of this user, in this project unless the scope is another."""
    if project is not None:
        scope.update(project_name=project, project_domain_id=DOMAIN)
    return session.Session(v3.Password(url + '/v3', username=user, user_domain_id=DOMAIN, password=password, **scope))


def token(user, project=None, **how):
    return logged_in(user, project, **how).get_token()


def project_id(name):
    return operator().projects.list(name=name)[0].id


def call(method, path, token=None, headers=None, timeout=SECONDS_MAX, **more):
    """A request to the service as it is on the wire."""
    headers = {'Client-ID': '3381af92-2b9e-11e3-b191-71861300734c', **(headers or {})}
    if token is not None:
        headers['X-Auth-Token'] = token
    return requests.request(method, SUKKAL_URL + path, headers=headers, timeout=timeout, **more)


def post(queue, token, body='a', **more):
    return call('POST', '/v2/queues/%s/messages' % queue, token, json={'messages': [{'body': body, 'ttl': 300}]}, **more)


def bodies(queue, token):
    answer = call('GET', '/v2/queues/%s/messages?echo=true' % queue, token)
    answer.raise_for_status()
    return [message['body'] for message in answer.json()['messages']]
