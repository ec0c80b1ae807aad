"""The WebSocket transport in a cloud: with tokens of a real Keystone, and os-collect-config as Heat's servers run it.

Runs against SUKKAL_URL, whose server checks tokens at KEYSTONE_URL. Each test has queues of its own; projects are shared.
"""

import json
import subprocess
import unittest
import uuid

import requests
import websocket
from zaqarclient import transport
from zaqarclient.transport import errors, request

import cloud

SOCKET_URL = cloud.SUKKAL_URL.replace('http', 'ws', 1) + '/v2/websocket'
CLIENT_ID = '3381af92-2b9e-11e3-b191-71861300734c'


def setUpModule():
    cloud.set_up()
    keystone = cloud.operator()
    service = cloud.made(keystone.services, 'zaqar-websocket', type='messaging-websocket')
    if not keystone.endpoints.list(service=service):
        keystone.endpoints.create(service, SOCKET_URL, interface='public', region=cloud.REGION)
    websocket.setdefaulttimeout(cloud.SECONDS_MAX)


class TokenTest(unittest.TestCase):

    def setUp(self):
        self.queue = 'queue-' + uuid.uuid4().hex
        self.project = cloud.project_id('alpha')
        self.socket = websocket.create_connection(SOCKET_URL)
        self.addCleanup(self.socket.close)

    def ask(self, action, token=None, project=None, **body):
        """The status and the body of a reply."""
        headers = {'Client-ID': CLIENT_ID, 'X-Project-ID': self.project if project is None else project}
        if token is not None:
            headers['X-Auth-Token'] = token
        self.socket.send(json.dumps({'action': action, 'headers': headers, 'body': body}))
        reply = json.loads(self.socket.recv())
        return reply['headers']['status'], reply['body']

    def authenticate(self, user, **how):
        return self.ask('authenticate', cloud.token(user, 'alpha', **how))[0]

    def test_nothing_is_done_before_authentication(self):
        self.assertEqual(self.ask('queue_list'), (403, {'error': 'Not authentified.', 'code': 'unauthenticated'}))
        refused = (401, {'error': 'Authentication failed.', 'code': 'unauthenticated'})
        self.assertEqual(self.ask('authenticate', 'wrong'), refused)
        self.assertEqual(self.ask('queue_list')[0], 403)
        self.assertEqual(self.authenticate('alpha-member'), 200)
        self.assertEqual(self.ask('queue_list')[0], 200)

    def test_a_token_is_for_its_project_and_roles(self):
        self.assertEqual(self.authenticate('alpha-reader'), 200)
        self.assertEqual(self.ask('queue_list', project=cloud.project_id('beta'))[0], 403)
        self.assertEqual(self.ask('queue_create', queue_name=self.queue)[0], 403)
        self.assertEqual(self.authenticate('alpha-member'), 200)
        self.assertEqual(self.ask('queue_create', queue_name=self.queue)[0], 201)
        self.assertEqual(self.ask('authenticate', 'wrong')[0], 401)
        self.assertEqual(self.ask('queue_list')[0], 200)

    def test_the_connection_ends_with_the_token(self):
        self.assertEqual(self.authenticate('alpha-member', url=cloud.SHORT_LIVED_URL), 200)
        self.assertEqual(self.ask('subscription_create', queue_name=self.queue)[0], 201)
        opcode, frame = self.socket.recv_data(control_frame=True)
        self.assertEqual(opcode, websocket.ABNF.OPCODE_CLOSE)
        self.assertEqual(frame, (4003).to_bytes(2, 'big') + b'Authentication expired.')

    def test_a_new_token_prolongs_the_connection(self):
        self.assertEqual(self.authenticate('alpha-member', url=cloud.SHORT_LIVED_URL), 200)
        self.assertEqual(self.authenticate('alpha-member'), 200)
        self.socket.settimeout(8)
        with self.assertRaises(websocket.WebSocketTimeoutException):
            self.socket.recv()
        self.socket.settimeout(cloud.SECONDS_MAX)
        self.assertEqual(self.ask('queue_list')[0], 200)


class ZaqarClientTest(unittest.TestCase):
    """The client authenticates with its first request."""

    def test_a_token(self):
        alpha = self.connect(cloud.token('alpha-member', 'alpha'))
        name = 'queue-' + uuid.uuid4().hex
        self.assertEqual(self.send(alpha, 'queue_create', queue_name=name).status_code, 201)
        self.assertEqual(self.send(alpha, 'claim_create', queue_name=name, wait=20).status_code, 202)
        cloud.post(name, cloud.token('alpha-member', 'alpha'), {'job': 1}).raise_for_status()
        self.assertEqual([message['body'] for message in alpha.recv()['messages']], [{'job': 1}])

    def test_a_token_that_is_refused(self):
        with self.assertRaises(errors.UnauthorizedError) as caught:
            self.send(self.connect('wrong'), 'queue_list')
        self.assertIn('Authentication failed.', str(caught.exception))

    def test_what_a_token_may_not(self):
        reader = self.connect(cloud.token('alpha-reader', 'alpha'))
        with self.assertRaises(errors.ForbiddenError):
            self.send(reader, 'queue_create', queue_name='queue-' + uuid.uuid4().hex)
        stranger = self.connect(cloud.token('beta-member', 'beta'))
        with self.assertRaises(errors.ForbiddenError):
            self.send(stranger, 'queue_list')

    def connect(self, token):
        options = {'os_auth_token': token, 'os_project_id': cloud.project_id('alpha')}
        socket = transport.get_transport_for(SOCKET_URL, options={'auth_opts': {'backend': 'keystone', 'options': options}})
        self.addCleanup(socket.cleanup)
        return socket

    def send(self, socket, action, **body):
        return socket.send(request.Request(SOCKET_URL, action, content=json.dumps(body)))


class CollectConfigTest(unittest.TestCase):
    """Heat gives a server the account, and posts the metadata of its software deployments to its queue."""

    METADATA = {'deployments': [], 'note': 'to be collected'}

    def setUp(self):
        self.queue = 'queue-' + uuid.uuid4().hex
        self.token = cloud.token('alpha-member', 'alpha')

    def collect(self):
        user = cloud.logged_in('alpha-member', 'alpha').get_user_id()
        settings = {
            'auth-url': cloud.KEYSTONE_URL + '/v3', 'user-id': user, 'password': cloud.PASSWORD,
            'project-id': cloud.project_id('alpha'), 'queue-id': self.queue, 'region-name': cloud.REGION,
        }
        options = ['--zaqar-%s=%s' % setting for setting in settings.items()]
        command = ['os-collect-config', '--print', '--zaqar-use-websockets', *options, 'zaqar']
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def collected_by(self, process):
        printed, said = process.communicate(timeout=cloud.SECONDS_MAX)
        self.assertEqual(process.returncode, 0, said)
        return json.loads(printed)['zaqar']

    def test_what_was_posted_before_is_popped(self):
        cloud.post(self.queue, self.token, self.METADATA).raise_for_status()
        self.assertEqual(self.collected_by(self.collect()), self.METADATA)
        self.assertEqual(cloud.bodies(self.queue, self.token), [])

    def test_what_is_posted_later_is_pushed(self):
        process = self.collect()
        while not self.subscriptions():
            self.assertIsNone(process.poll())
        cloud.post(self.queue, self.token, self.METADATA).raise_for_status()
        self.assertEqual(self.collected_by(process), self.METADATA)

    def subscriptions(self):
        answer = cloud.call('GET', '/v2/queues/%s/subscriptions' % self.queue, self.token)
        answer.raise_for_status()
        return answer.json()['subscriptions']


if __name__ == '__main__':
    unittest.main()
