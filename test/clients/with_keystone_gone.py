"""The service when Keystone does not answer: it accepts cached tokens, and answers 503 to others.

Needs the environment of with_keystone.py, and KEYSTONE_PID: it suspends that process, resumes it, and kills it at the end.
"""

import contextlib
import os
import signal
import time
import unittest
import uuid
from concurrent import futures

import requests

import cloud
from cloud import bodies, call, post, token

PID = int(os.environ['KEYSTONE_PID'])
# More than any client waits, and less than for ever.
ANSWER_S_MAX = 30


def setUpModule():
    cloud.set_up()


class SilenceTest(unittest.TestCase):

    def test_keystone_hangs_recovers_and_goes(self):
        """One story, because its steps build on each other."""
        seen = token('alpha-member', 'alpha')
        self.assertEqual(post('jobs', seen).status_code, 201)
        unseen = [token('alpha-member', 'alpha') for _ in range(3)]

        with self.silence():
            self.assert_unavailable(unseen[0])
            self.assertEqual(bodies('jobs', seen), ['a'])
        # The token was neither accepted nor refused, so nothing is cached.
        self.assertEqual(bodies('jobs', unseen[0]), ['a'])

        self.assert_others_are_served_when_the_first_leaves(unseen[1])

        os.kill(PID, signal.SIGKILL)
        self.wait_until_gone()
        self.assert_unavailable(unseen[2])
        self.assert_unavailable(uuid.uuid4().hex)
        self.assertEqual(bodies('jobs', seen), ['a'])
        self.assertEqual(call('GET', '/v2/queues').status_code, 401)

    def assert_others_are_served_when_the_first_leaves(self, token):
        """Both requests wait for the same request to Keystone."""
        with futures.ThreadPoolExecutor() as threads:
            with self.silence():
                with self.assertRaises(requests.Timeout):
                    call('GET', '/v2/queues', token, timeout=0.5)
                second = threads.submit(call, 'GET', '/v2/queues', token)
                with self.assertRaises(futures.TimeoutError):
                    second.result(timeout=0.5)
            self.assertEqual(second.result().status_code, 200)

    def assert_unavailable(self, token):
        began = time.monotonic()
        answer = call('GET', '/v2/queues', token)
        self.assertLess(time.monotonic() - began, ANSWER_S_MAX)
        self.assertEqual(answer.status_code, 503, answer.text)
        self.assertEqual(set(answer.json()), {'title', 'description', 'code'})

    @contextlib.contextmanager
    def silence(self):
        os.kill(PID, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(PID, signal.SIGCONT)

    def wait_until_gone(self):
        while True:
            try:
                requests.get(cloud.KEYSTONE_URL, timeout=5)
            except requests.ConnectionError:
                return
            time.sleep(0.05)


if __name__ == '__main__':
    unittest.main()
