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


def jobs(*numbers):
    """What `message_post` sends."""
    return [{'body': {'job': number}, 'ttl': 300} for number in numbers]


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
        status, posted = self.ask('message_post', queue_name='jobs', messages=jobs(0, 1))
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

    def test_a_claim_waits(self):
        self.assertEqual(self.ask('claim_create', queue_name='jobs', wait=20), (202, {'wait': 20}))
        self.assertEqual(self.ask('queue_list'), (200, {'queues': []}))
        self.post_over_http({'job': 1})
        frame = self.socket.recv()
        self.assertEqual((frame['Message_Type'], frame['queue_name']), ('Claim', 'jobs'))
        [message] = frame['messages']
        self.assertEqual(message['body'], {'job': 1})
        held = {'queue_name': 'jobs', 'claim_id': frame['claim_id']}
        self.assertEqual(self.ask('message_delete', **held, message_id=message['id']), (204, {}))


class FrameTest(SocketTest):
    """A connection of websocket-client."""

    def setUp(self):
        super().setUp()
        self.headers = {'Client-ID': CLIENT_ID, 'X-Project-ID': self.project}
        self.socket = self.connect()

    def connect(self):
        socket = websocket.create_connection(SOCKET_URL + '/v2/websocket')
        self.addCleanup(socket.close)
        return socket

    def send(self, action, **body):
        self.socket.send(json.dumps({'action': action, 'headers': self.headers, 'body': body}))

    def ask(self, action, socket=None, **body):
        """The status and the body of a reply in JSON."""
        socket = socket or self.socket
        socket.send(json.dumps({'action': action, 'headers': self.headers, 'body': body}))
        return self.parts_of(json.loads(socket.recv()))

    def ask_in_binary(self, action, **body):
        """The same in MessagePack."""
        self.socket.send_binary(msgpack.packb({'action': action, 'headers': self.headers, 'body': body}))
        return self.parts_of(self.receive_binary())

    def parts_of(self, reply):
        return reply['headers']['status'], reply['body']

    def receive_binary(self):
        opcode, frame = self.socket.recv_data()
        self.assertEqual(opcode, websocket.ABNF.OPCODE_BINARY)
        return msgpack.unpackb(frame)


class WebSocketClientTest(FrameTest):

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
        self.assertEqual(posted[0], 201)
        for ask in (self.ask_in_binary, self.ask):
            [message] = ask('message_list', queue_name='jobs', echo=True)[1]['messages']
            self.assertEqual(message['body'], body)

    def test_pushes_in_message_pack(self):
        self.assertEqual(self.ask_in_binary('subscription_create', queue_name='jobs')[0], 201)
        self.post_over_http({'job': 2 ** 60})
        self.assertEqual(self.receive_binary()['body'], {'job': 2 ** 60})

    def test_a_ping_is_answered(self):
        self.socket.ping('are you there')
        opcode, frame = self.socket.recv_data(control_frame=True)
        self.assertEqual((opcode, frame), (websocket.ABNF.OPCODE_PONG, b'are you there'))

    def test_the_subscription_ends_with_the_connection(self):
        self.assertEqual(self.ask('subscription_create', queue_name='jobs')[0], 201)
        self.socket.close()
        url = URL + '/v2/queues/jobs/subscriptions'
        while requests.get(url, headers=self.headers, timeout=SECONDS_MAX).json()['subscriptions']:
            pass

    def test_a_frame_that_is_too_large_closes_the_connection(self):
        self.send('message_post', queue_name='jobs', messages=[{'body': 'a' * 1_200_000, 'ttl': 300}])
        opcode, frame = self.socket.recv_data(control_frame=True)
        self.assertEqual((opcode, frame[:2]), (websocket.ABNF.OPCODE_CLOSE, (1009).to_bytes(2, 'big')))

    def test_what_is_refused_leaves_the_connection(self):
        for frame, error in (
            ('no JSON', "Can't decode text (JSON) request."),
            ('[]', 'Unexpected body type. Expected dict or dict like.'),
            (json.dumps({'action': 'nope', 'headers': self.headers}), 'nope is not a valid action'),
        ):
            self.socket.send(frame)
            self.assert_refused(json.loads(self.socket.recv()), error)
        self.socket.send_binary(b'\xc1')
        self.assert_refused(self.receive_binary(), "Can't decode binary (MessagePack) request.")
        self.send('claim_create', queue_name='jobs', wait='20')
        self.assert_refused(json.loads(self.socket.recv()), 'Schema validation failed.')
        status, body = self.ask('claim_get', queue_name='jobs', claim_id='nowhere')
        self.assertEqual((status, body['error'], body['code']), (404, None, 'claim-not-found'))
        self.assertEqual(self.ask('queue_list'), (200, {'queues': []}))

    def assert_refused(self, reply, error):
        self.assertEqual(reply['headers'], {'status': 400})
        self.assertEqual(reply['body']['error'][:len(error)], error)


class WaitingClaimTest(FrameTest):

    def test_a_message_is_claimed_when_it_is_posted(self):
        self.wait()
        self.assertEqual(self.ask('queue_get_stats', queue_name='jobs')[0], 404)
        _, posted = self.ask('message_post', queue_name='jobs', messages=jobs(1))
        self.assert_claim(json.loads(self.socket.recv()), *posted['message_ids'])

    def test_in_message_pack(self):
        self.assertEqual(self.ask_in_binary('claim_create', queue_name='jobs', wait=20), (202, {'wait': 20}))
        _, posted = self.ask('message_post', queue_name='jobs', messages=jobs(1))
        self.assert_claim(self.receive_binary(), *posted['message_ids'])

    def test_a_connection_may_be_subscribed_too(self):
        self.assertEqual(self.ask('subscription_create', queue_name='jobs')[0], 201)
        self.wait()
        self.post_over_http({'job': 1})
        frames = {frame['Message_Type']: frame for frame in self.received(2)}
        self.assertEqual(frames['Notification']['body'], {'job': 1})
        self.assertEqual(frames['Claim']['messages'][0]['body'], {'job': 1})

    def test_waits_of_several_queues(self):
        for queue in ('mail', 'jobs'):
            self.wait(queue_name=queue)
        for queue in ('jobs', 'mail'):
            self.assertEqual(self.ask('message_post', queue_name=queue, messages=jobs(1))[0], 201)
            [frame] = self.received(1)
            self.assertEqual(frame['queue_name'], queue)

    def test_each_of_many_workers_gets_one_message(self):
        workers = [self.connect() for _ in range(20)]
        for worker in workers:
            self.wait(worker, limit=1)
        self.post_over_http(*range(20))
        claims = [json.loads(worker.recv())['messages'] for worker in workers]
        self.assertEqual(sorted(message['body'] for [message] in claims), list(range(20)))

    def test_the_time_is_up(self):
        self.wait(wait=1)
        self.assertEqual(self.received(1), [self.NOTHING])
        self.assertEqual(self.ask('claim_create', queue_name='jobs'), (204, {'claim_id': None}))

    def test_waits_are_ended_over_http(self):
        self.wait()
        url = URL + '/v2/queues/jobs/claims?waiting=true'
        requests.delete(url, headers=self.headers, timeout=SECONDS_MAX).raise_for_status()
        self.assertEqual(self.received(1), [self.NOTHING])

    def test_messages_are_not_for_a_connection_that_is_gone(self):
        gone = self.connect()
        self.wait(gone)
        gone.close()
        self.post_over_http({'job': 1})
        status, claim = self.ask('claim_create', queue_name='jobs', wait=20)
        if status == 202:
            [claim] = self.received(1)
        self.assertEqual([message['body'] for message in claim['messages']], [{'job': 1}])

    NOTHING = {'Message_Type': 'Claim', 'queue_name': 'jobs', 'claim_id': None, 'messages': []}

    def wait(self, socket=None, **body):
        body = {'queue_name': 'jobs', 'ttl': 60, 'grace': 60, 'wait': 20, **body}
        self.assertEqual(self.ask('claim_create', socket, **body), (202, {'wait': body['wait']}))

    def received(self, count):
        return [json.loads(self.socket.recv()) for _ in range(count)]

    def assert_claim(self, frame, message_id):
        """Claims one message, which is deleted with the claim."""
        self.assertEqual((frame['Message_Type'], frame['queue_name']), ('Claim', 'jobs'))
        held = {'queue_name': 'jobs', 'claim_id': frame['claim_id'], 'message_id': message_id}
        [message] = frame['messages']
        self.assertEqual((message['id'], message['body'], message['claim_id']), (message_id, {'job': 1}, held['claim_id']))
        self.assertEqual(self.ask('message_delete', queue_name='jobs', message_id=message_id)[0], 403)
        self.assertEqual(self.ask('message_delete', **held), (204, {}))


if __name__ == '__main__':
    unittest.main()
