"""The WebSocket transport as its clients see it: that of python-zaqarclient, and websocket-client with frames in MessagePack.

Runs against SUKKAL_URL, whose server must trust X-Project-ID and keep the default limits. Each test has a project of its own.
"""

import json
import os
import unittest
import uuid

import msgpack
import requests
import websocket
from zaqarclient import transport
from zaqarclient.transport import errors, request

URL = os.environ['SUKKAL_URL']
SOCKET_URL = URL.replace('http', 'ws', 1)
CLIENT_ID = '3381af92-2b9e-11e3-b191-71861300734c'
SECONDS_MAX = 30


class SocketTest(unittest.TestCase):

    def setUp(self):
        self.project = 'project-' + uuid.uuid4().hex
        websocket.setdefaulttimeout(SECONDS_MAX)

    def post_over_http(self, *bodies):
        messages = [{'body': body, 'ttl': 300} for body in bodies]
        headers = {'Client-ID': CLIENT_ID, 'X-Project-ID': self.project}
        url = URL + '/v2/queues/jobs/messages'
        requests.post(url, headers=headers, json={'messages': messages}, timeout=SECONDS_MAX).raise_for_status()


class ZaqarClientTest(SocketTest):

    def setUp(self):
        super().setUp()
        conf = {'auth_opts': {'backend': 'keystone', 'options': {'os_auth_token': 'any', 'os_project_id': self.project}}}
        self.socket = transport.get_transport_for(SOCKET_URL, options=conf)
        self.addCleanup(self.socket.cleanup)

    def ask(self, action, **body):
        """The status and the body of a reply."""
        response = self.socket.send(request.Request(SOCKET_URL, action, content=json.dumps(body)))
        return response.status_code, json.loads(response.content)

    def test_queues(self):
        self.assertEqual(self.ask('queue_create', queue_name='jobs'), (201, 'Queue jobs created.'))
        self.assertEqual(self.ask('queue_create', queue_name='jobs'), (204, 'Queue jobs created.'))
        self.assertEqual(self.ask('queue_list'), (200, {'queues': [{'name': 'jobs'}]}))
        zero = {'messages': {'claimed': 0, 'free': 0, 'total': 0}}
        self.assertEqual(self.ask('queue_get_stats', queue_name='jobs'), (200, zero))
        self.assertEqual(self.ask('queue_delete', queue_name='jobs'), (204, 'Queue jobs removed.'))
        self.assertEqual(self.ask('queue_list'), (200, {'queues': []}))

    def test_a_message_from_post_to_deletion(self):
        messages = [{'body': {'job': number}, 'ttl': 300} for number in range(2)]
        status, posted = self.ask('message_post', queue_name='jobs', messages=messages)
        self.assertEqual((status, len(posted['message_ids'])), (201, 2))
        status, claim = self.ask('claim_create', queue_name='jobs', ttl=60, grace=60, limit=1)
        self.assertEqual(status, 201)
        [message] = claim['messages']
        self.assertEqual((message['body'], message['id']), ({'job': 0}, posted['message_ids'][0]))
        held = {'queue_name': 'jobs', 'claim_id': claim['claim_id']}
        self.assertEqual(self.ask('claim_update', **held, ttl=120, grace=60)[0], 204)
        self.assertEqual(self.ask('claim_get', **held)[1]['ttl'], 120)
        self.assertEqual(self.ask('message_delete', **held, message_id=message['id']), (204, {}))
        self.assertEqual(self.ask('claim_delete', **held)[0], 204)
        self.assertEqual(self.ask('message_delete_many', queue_name='jobs', pop=1)[1]['messages'][0]['body'], {'job': 1})

    def test_errors_are_raised(self):
        with self.assertRaises(errors.ResourceNotFound):
            self.ask('message_get', queue_name='jobs', message_id='0' * 32)
        with self.assertRaises(errors.MalformedRequest):
            self.ask('queue_create', queue_name='no name')
        with self.assertRaises(errors.MalformedRequest) as caught:
            self.ask('queue_create')
        self.assertIn('Schema validation failed.', str(caught.exception))
        self.ask('subscription_create', queue_name='jobs')
        with self.assertRaises(errors.ConflictError):
            self.ask('subscription_create', queue_name='jobs')

    def test_messages_are_pushed(self):
        status, subscription = self.ask('subscription_create', queue_name='jobs', ttl=600)
        self.assertEqual(status, 201)
        self.post_over_http({'job': 1}, 'text')
        pushed = [self.socket.recv() for _ in range(2)]
        expected = {'Message_Type': 'Notification', 'queue_name': 'jobs', 'ttl': 300}
        self.assertEqual(pushed, [{**expected, 'body': {'job': 1}}, {**expected, 'body': 'text'}])
        unsubscribed = self.ask('subscription_delete', queue_name='jobs', subscription_id=subscription['subscription_id'])
        self.assertEqual(unsubscribed[0], 204)
        self.post_over_http('later')
        self.assertEqual(self.ask('queue_get_stats', queue_name='jobs')[1]['messages']['free'], 3)


class WebSocketClientTest(SocketTest):

    def setUp(self):
        super().setUp()
        self.headers = {'Client-ID': CLIENT_ID, 'X-Project-ID': self.project}
        self.socket = websocket.create_connection(SOCKET_URL + '/v2/websocket')
        self.addCleanup(self.socket.close)

    def send(self, action, **body):
        self.socket.send(json.dumps({'action': action, 'headers': self.headers, 'body': body}))

    def ask_in_binary(self, action, **body):
        self.socket.send_binary(msgpack.packb({'action': action, 'headers': self.headers, 'body': body}))
        return self.receive_binary()

    def receive_binary(self):
        opcode, frame = self.socket.recv_data()
        self.assertEqual(opcode, websocket.ABNF.OPCODE_BINARY)
        return msgpack.unpackb(frame)

    def test_replies_come_in_the_order_of_the_requests(self):
        for number in range(20):
            self.send('message_post', queue_name='jobs', messages=[{'body': number, 'ttl': 300}])
            self.send('queue_get_stats', queue_name='jobs')
        replies = [json.loads(self.socket.recv()) for _ in range(40)]
        self.assertEqual([reply['headers']['status'] for reply in replies], [201, 200] * 20)
        self.assertEqual([reply['body']['messages']['free'] for reply in replies[1::2]], list(range(1, 21)))

    def test_message_pack(self):
        body = {'long': 2 ** 63 - 1, 'low': -2 ** 63, 'half': 0.5, 'text': 'ünïcödé 😀', 'none': None, 'list': [True, []]}
        posted = self.ask_in_binary('message_post', queue_name='jobs', messages=[{'body': body, 'ttl': 300}])
        self.assertEqual(posted['headers']['status'], 201)
        listed = self.ask_in_binary('message_list', queue_name='jobs', echo=True)
        self.assertEqual([message['body'] for message in listed['body']['messages']], [body])
        self.send('message_list', queue_name='jobs', echo=True)
        [message] = json.loads(self.socket.recv())['body']['messages']
        self.assertEqual(message['body'], body)

    def test_pushes_in_message_pack(self):
        subscribed = self.ask_in_binary('subscription_create', queue_name='jobs')
        self.assertEqual(subscribed['headers']['status'], 201)
        self.post_over_http({'job': 2 ** 60})
        self.assertEqual(self.receive_binary()['body'], {'job': 2 ** 60})

    def test_a_ping_is_answered(self):
        self.socket.ping('are you there')
        opcode, frame = self.socket.recv_data(control_frame=True)
        self.assertEqual((opcode, frame), (websocket.ABNF.OPCODE_PONG, b'are you there'))

    def test_the_subscription_ends_with_the_connection(self):
        self.send('subscription_create', queue_name='jobs')
        self.assertEqual(json.loads(self.socket.recv())['headers']['status'], 201)
        self.socket.close()
        url = URL + '/v2/queues/jobs/subscriptions'
        while requests.get(url, headers=self.headers, timeout=SECONDS_MAX).json()['subscriptions']:
            pass

    def test_a_frame_that_is_too_large_closes_the_connection(self):
        self.send('message_post', queue_name='jobs', messages=[{'body': 'a' * 1_200_000, 'ttl': 300}])
        opcode, frame = self.socket.recv_data(control_frame=True)
        self.assertEqual((opcode, frame[:2]), (websocket.ABNF.OPCODE_CLOSE, (1009).to_bytes(2, 'big')))


if __name__ == '__main__':
    unittest.main()
