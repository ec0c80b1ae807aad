"""The service as openstacksdk's messaging proxy sees it: queues, messages, claims and subscriptions.

Runs against SUKKAL_URL, whose server must trust X-Project-ID and keep the default limits. There is no Keystone: the
token is ignored, the endpoint is given, and the version is discovered at `/`. Each test has its own project.
"""

import unittest
import uuid

from openstack import exceptions
from openstack.message.v2 import claim as sdk_claim
from openstack.message.v2 import queue as sdk_queue

import trusted

HOOK = 'https://subscriber.test/hook'


class SdkTest(unittest.TestCase):

    def setUp(self):
        self.zaqar = self.connect('project-' + uuid.uuid4().hex)

    def connect(self, project):
        opened, cloud = trusted.connected(project)
        self.addCleanup(opened.session.close)
        return cloud.message

    def post(self, *bodies):
        self.zaqar.post_message('jobs', [{'body': body, 'ttl': 300} for body in bodies])

    def bodies(self, **query):
        return [message.body for message in self.zaqar.messages('jobs', **query)]

    def claim(self, **attributes):
        """A claim, without the proxy's own methods for claims.

        Version 0.101 of the SDK, which Debian 12 has, overwrites the Location of an answer with the location of the cloud
        whenever a resource knows its connection, and then fails to find the claim's id in it, whatever the server says.
        """
        return sdk_claim.Claim.new(queue_name='jobs', **attributes)


class QueueTest(SdkTest):

    def test_create_get_delete(self):
        self.zaqar.create_queue(name='jobs', _default_message_ttl=300)
        self.assertEqual(self.zaqar.get_queue('jobs').default_message_ttl, 300)
        self.assertEqual([queue.name for queue in self.zaqar.queues()], ['jobs'])
        self.zaqar.delete_queue('jobs', ignore_missing=False)
        self.assertEqual(list(self.zaqar.queues()), [])

    def test_a_missing_queue_has_defaults(self):
        self.assertEqual(self.zaqar.get_queue('missing').max_messages_post_size, 262144)

    def test_pages(self):
        names = sorted('queue-%d' % number for number in range(25))
        for name in names:
            self.zaqar.create_queue(name=name)
        paged = sdk_queue.Queue.list(self.zaqar, paginated=True, limit=10)
        self.assertEqual([queue.name for queue in paged], names)

    def test_a_bad_name(self):
        with self.assertRaises(exceptions.BadRequestException):
            self.zaqar.get_queue('not a name')


class MessageTest(SdkTest):

    def test_post_list_get_delete(self):
        hrefs = self.zaqar.post_message('jobs', [{'body': {'job': number}, 'ttl': 300} for number in range(2)])
        ids = [href.rsplit('/', 1)[1] for href in hrefs]
        self.assertEqual([message.id for message in self.zaqar.messages('jobs')], ids)
        message = self.zaqar.get_message('jobs', ids[0])
        self.assertEqual((message.body, message.ttl, message.href), ({'job': 0}, 300, hrefs[0]))
        self.zaqar.delete_message('jobs', ids[0], ignore_missing=False)
        self.assertEqual(self.bodies(), [{'job': 1}])
        with self.assertRaises(exceptions.ResourceNotFound):
            self.zaqar.get_message('jobs', ids[0])

    def test_pages_go_on_behind_the_last_message(self):
        """The SDK does not follow links: its marker is the id of the last message."""
        self.post(*range(45))
        self.assertEqual(self.bodies(), list(range(45)))
        self.assertEqual(self.bodies(limit=7), list(range(45)))

    def test_claimed_messages_are_listed_if_asked_for(self):
        self.post('a')
        self.claim(ttl=60, grace=60).create(self.zaqar)
        self.assertEqual(self.bodies(), [])
        self.assertEqual(self.bodies(include_claimed=True), ['a'])


class ClaimTest(SdkTest):

    def test_claim_and_delete(self):
        self.post(*range(12))
        claim = self.claim(ttl=300, grace=60).create(self.zaqar)
        self.assertEqual(claim.location, '/v2/queues/jobs/claims/' + claim.id)
        self.assertEqual([message['body'] for message in claim.messages], list(range(10)))
        for message in claim.messages:
            self.zaqar.delete_message('jobs', message['id'], claim=claim.id, ignore_missing=False)
        self.assertEqual(self.bodies(include_claimed=True), [10, 11])

    def test_a_claimed_message_is_deleted_only_with_its_claim(self):
        self.post('a')
        claim = self.claim(ttl=300, grace=60).create(self.zaqar)
        with self.assertRaises(exceptions.HttpException) as caught:
            self.zaqar.delete_message('jobs', claim.messages[0]['id'])
        self.assertEqual(caught.exception.status_code, 403)

    def test_nothing_to_claim(self):
        self.assertIsNone(self.claim(ttl=60, grace=60).create(self.zaqar).id)

    def test_get_renew_release(self):
        self.post('a', 'b')
        claim = self.claim(ttl=60, grace=60).create(self.zaqar)
        self.claim(id=claim.id, ttl=600, grace=60).commit(self.zaqar)
        found = self.claim(id=claim.id).fetch(self.zaqar)
        self.assertEqual((found.ttl, [message['ttl'] for message in found.messages]), (600, [660, 660]))
        found.delete(self.zaqar)
        with self.assertRaises(exceptions.ResourceNotFound):
            self.claim(id=claim.id).fetch(self.zaqar)
        self.assertEqual(self.bodies(), ['a', 'b'])


class SubscriptionTest(SdkTest):

    def subscribers(self, **query):
        return [each.subscriber for each in self.zaqar.subscriptions('jobs', **query)]

    def test_create_get_delete(self):
        made = self.zaqar.create_subscription('jobs', subscriber=HOOK, ttl=600, options={'note': 1})
        found = self.zaqar.get_subscription('jobs', made.subscription_id)
        self.assertEqual((found.source, found.subscriber, found.ttl), ('jobs', HOOK, 600))
        self.assertEqual(found.options, {'note': 1})
        self.assertIn(found.age, (0, 1))
        self.zaqar.delete_subscription('jobs', made.subscription_id, ignore_missing=False)
        with self.assertRaises(exceptions.ResourceNotFound):
            self.zaqar.get_subscription('jobs', made.subscription_id)
        self.assertEqual(self.subscribers(), [])

    def test_pages_go_on_behind_the_last_subscription(self):
        hooks = ['%s/%d' % (HOOK, number) for number in range(25)]
        for hook in hooks:
            self.zaqar.create_subscription('jobs', subscriber=hook)
        self.assertEqual(self.subscribers(), hooks)
        self.assertEqual(self.subscribers(limit=7), hooks)


if __name__ == '__main__':
    unittest.main()
