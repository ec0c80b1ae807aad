"""Zaqar's own tests of API v2 (zaqar.tests.unit.transport.wsgi.v2_0), which call its WSGI application: here that is the service.

Runs against SUKKAL_URL, whose server must trust X-Project-ID and X-Roles, and have the default limits and the keys to sign URLs and to
encrypt messages. The tests name their projects: each gets projects of its own.
"""

import http.client
import importlib
import os
import unittest
from unittest import mock
from urllib import parse
import uuid

from falcon import testing as falcon_testing
from oslo_config import cfg

# Read when the tests are imported: they need a MongoDB, but for the service in its place.
os.environ['ZAQAR_TEST_MONGODB'] = '1'

from zaqar.conf import default, drivers_transport_wsgi, transport
from zaqar.tests import base as tests
from zaqar.tests import helpers
from zaqar.tests.unit.transport.wsgi import base
from zaqar.transport import base as transport_base

URL = parse.urlsplit(os.environ['SUKKAL_URL'])

#: Those about queues. A topic is always on one object.
MODULES = ('claims', 'default_limits', 'messages', 'purge', 'queue_lifecycle', 'subscriptions', 'urls', 'validation')

#: Parts of the names of tests that are not about HTTP, or need another service.
EXCEPT = {
    'Pooled': 'they are the same tests with another store',
    'FaultyDriver': 'they have a store that fails',
    'nopoolfound_exception': 'they replace the store',
    'test_bulk_delete_without_claim_ids': 'it needs MESSAGE_DELETE_WITH_CLAIM_ID=true',
    'test_basics_thoroughly_with_different_client_id': 'it needs CLIENT_ID_UUID_SAFE=off',
    'test_metadata_deserialization': 'it needs MAX_QUEUE_METADATA=64',
    'test_queue_metadata_putting': 'it needs MAX_MESSAGES_POST_SIZE=256',
    'test_create_and_send_notification': 'they count what upstream calls to confirm a subscription',
    'test_recreate': 'they count what upstream calls to confirm a subscription',
    'test_create_with_trust': 'they replace Keystone',
}


class Service:
    """A WSGI application that passes requests on."""

    def __init__(self):
        self.suffix = '-' + uuid.uuid4().hex

    def __call__(self, environ, start_response):
        headers = {name[5:].replace('_', '-'): value for name, value in environ.items() if name.startswith('HTTP_')}
        if headers.get('X-PROJECT-ID'):
            headers['X-PROJECT-ID'] += self.suffix
        if environ.get('CONTENT_TYPE'):
            headers['Content-Type'] = environ['CONTENT_TYPE']
        path = parse.quote(environ['PATH_INFO'].encode('latin1')) + '?' + environ['QUERY_STRING']
        body = environ['wsgi.input'].read()
        connection = http.client.HTTPConnection(URL.hostname, URL.port, timeout=30)
        # Without the headers that http.client adds: upstream refuses some bodies by their length and type.
        connection.putrequest(environ['REQUEST_METHOD'], path, skip_accept_encoding=True)
        for name, value in {**headers, **({'Content-Length': len(body)} if body else {})}.items():
            if name != 'HOST':
                connection.putheader(name, str(value))
        connection.endheaders(body)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        start_response('%d %s' % (answer.status, answer.reason), answer.getheaders())
        return [content] if content else []


def set_up(self):
    """As upstream's, without a store."""
    tests.TestBase.setUp(self)
    self.conf.register_opts(default.ALL_OPTS)
    for options in (transport, drivers_transport_wsgi):
        self.conf.register_opts(options.ALL_OPTS, group=options.GROUP_NAME)
    self.transport_cfg = self.conf[transport.GROUP_NAME]
    self.wsgi_cfg = self.conf[drivers_transport_wsgi.GROUP_NAME]
    self.boot = mock.MagicMock()
    self.boot.transport._defaults = transport_base.ResourceDefaults(self.conf)
    self.app = Service()
    self.srmock = falcon_testing.StartResponseMock()
    self.headers = {'Client-ID': str(uuid.uuid4()), 'X-ROLES': 'admin'}


def without_file(cls, name):
    """The files with upstream's test configurations are in no package."""
    conf = cfg.ConfigOpts()
    conf(args=[], project='zaqar', default_config_files=[])
    return conf


base.TestBase.setUp = set_up
base.TestBase.tearDown = tests.TestBase.tearDown
tests.TestBase.load_conf = classmethod(without_file)
helpers.override_mongo_conf = lambda name, test: name


def flatten(suite):
    for each in suite:
        yield from flatten(each) if isinstance(each, unittest.TestSuite) else [each]


def load_tests(loader, _tests, _pattern):
    modules = [importlib.import_module('zaqar.tests.unit.transport.wsgi.v2_0.test_' + name) for name in MODULES]
    found = list(flatten(loader.loadTestsFromModule(module) for module in modules))
    unused = [part for part in EXCEPT if not any(part in each.id() for each in found)]
    if unused:
        raise ValueError('no test is called %s' % unused)
    return unittest.TestSuite(each for each in found if not any(part in each.id() for part in EXCEPT))


if __name__ == '__main__':
    unittest.main()
