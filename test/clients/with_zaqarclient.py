"""The service as python-zaqarclient sees it: everything of API v2 that the client offers for queues, messages,
claims and subscriptions.

Runs against SUKKAL_URL, whose server must trust X-Project-ID, serve /v2/health and keep the default limits. Each test is a
project of its own, so tests share nothing.
"""

import os
import unittest
import uuid

from zaqarclient.queues import client
from zaqarclient.queues.v2 import client as client_v2
from zaqarclient.transport import errors

URL = os.environ['SUKKAL_URL']

HOOK = 'https://subscriber.test/hook'


def configuration(project):
    return {'auth_opts': {'backend': 'noauth', 'options': {'os_project_id': project}}}


class ZaqarTest(unittest.TestCase):

    def setUp(self):
        self.project = 'project-' + uuid.uuid4().hex
        self.zaqar = self.connect()

    def connect(self):
        """Another client of the same project: it has a Client-ID of its own."""
        return client.Client(URL, 2, conf=configuration(self.project))

    def jobs(self, *bodies):
        """A new queue with these messages, posted by another client."""
        queue = self.zaqar.queue('jobs', force_create=True)
        if bodies:
            self.connect().queue('jobs').post([{'body': body, 'ttl': 300} for body in bodies])
        return queue


def bodies(messages):
    return [message.body for message in messages]


class ServiceTest(ZaqarTest):

    def test_ping(self):
        self.assertIs(self.zaqar.ping(), True)

    def test_homedoc_lists_the_resources(self):
        self.assertIn('rel/queues', self.zaqar.homedoc()['resources'])

    def test_health_is_for_admins(self):
        with self.assertRaises(errors.ForbiddenError):
            self.zaqar.health()

    def test_health(self):
        health = AdminClient(URL, 2, conf=configuration(self.project)).health()
        self.assertIs(health['storage_reachable'], True)
        self.assertTrue(all(status['succeeded'] for status in health['operation_status'].values()))

    def test_the_client_names_a_project_by_itself(self):
        anonymous = client.Client(URL, 2, conf={'auth_opts': {'backend': 'noauth'}})
        name = 'q' + uuid.uuid4().hex
        queue = anonymous.queue(name, force_create=True)
        self.assertEqual(queue.stats['messages']['total'], 0)
        queue.delete()


class AdminClient(client_v2.Client):
    """The client cannot send roles, because a token would determine them."""

    def _request_and_transport(self):
        request, transport = super()._request_and_transport()
        request.headers['X-Roles'] = 'admin'
        return request, transport


class QueueTest(ZaqarTest):

    def test_create_list_delete(self):
        self.zaqar.queue('jobs', force_create=True)
        queues, count = self.zaqar.queues()
        self.assertEqual([(queue.name, queue.href) for queue in queues], [('jobs', '/v2/queues/jobs')])
        self.assertIsNone(count)
        self.zaqar.queue('jobs').delete()
        self.assertEqual(list(self.zaqar.queues()[0]), [])
        self.zaqar.queue('jobs').delete()

    def test_a_queue_is_created_by_its_first_message(self):
        self.zaqar.queue('jobs').post({'body': 1, 'ttl': 60})
        self.assertEqual([queue.name for queue in self.zaqar.queues()[0]], ['jobs'])

    def test_pages(self):
        names = sorted('queue-%d' % number for number in range(25))
        for name in reversed(names):
            self.zaqar.queue(name, force_create=True)
        first, count = self.zaqar.queues(limit=7, with_count=True)
        self.assertEqual(count, 25)
        self.assertEqual([queue.name for queue in first], names[:7])
        every, _ = self.zaqar.queues(limit=7)
        self.assertEqual([queue.name for queue in every.stream()], names)
        after, _ = self.zaqar.queues(marker=names[20])
        self.assertEqual([queue.name for queue in after], names[21:])

    def test_detailed_listing_shows_metadata(self):
        self.jobs().metadata({'team': 'ops'})
        [queue] = self.zaqar.queues(detailed=True)[0]
        self.assertEqual(queue.metadata()['team'], 'ops')

    def test_listing_of_a_project_is_its_own(self):
        self.jobs()
        other = client.Client(URL, 2, conf=configuration('another-' + self.project))
        self.assertEqual(list(other.queues()[0]), [])

    def test_metadata(self):
        queue = self.jobs()
        defaults = queue.metadata()
        self.assertEqual(defaults['_default_message_ttl'], 3600)
        self.assertEqual(defaults['_max_messages_post_size'], 262144)
        added = queue.metadata({'team': 'ops', 'sizes': [1, 2.5, None], '_default_message_ttl': 300})
        self.assertEqual((added['team'], added['sizes'], added['_default_message_ttl']), ('ops', [1, 2.5, None], 300))
        self.assertEqual(self.connect().queue('jobs').metadata(), added)
        replaced = queue.metadata({'team': 'dev'})
        self.assertEqual(replaced['team'], 'dev')
        self.assertNotIn('sizes', replaced)
        self.assertEqual(replaced['_default_message_ttl'], 3600)
        self.assertEqual(queue.metadata({}), defaults)
        self.assertEqual(queue.metadata(force_reload=True), defaults)

    def test_metadata_of_a_missing_queue(self):
        queue = self.zaqar.queue('missing')
        self.assertEqual(queue.metadata()['_default_message_ttl'], 3600)
        with self.assertRaises(errors.ResourceNotFound):
            queue.metadata({'team': 'ops'})

    def test_metadata_out_of_range(self):
        with self.assertRaises(errors.MalformedRequest):
            self.jobs().metadata({'_default_message_ttl': 59})

    def test_stats(self):
        queue = self.jobs()
        self.assertEqual(queue.stats, {'messages': {'claimed': 0, 'free': 0, 'total': 0}})
        self.connect().queue('jobs').post([{'body': number, 'ttl': 300} for number in range(3)])
        queue.claim(ttl=60, grace=60, limit=1)
        stats = queue.stats['messages']
        self.assertEqual((stats['claimed'], stats['free'], stats['total']), (1, 2, 3))
        self.assertNotEqual(stats['oldest']['href'], stats['newest']['href'])

    def test_purge(self):
        queue = self.jobs('a', 'b', 'c')
        queue.claim(ttl=60, grace=60, limit=1)
        queue.purge(resource_types=['subscriptions'])
        self.assertEqual(queue.stats['messages']['total'], 3)
        queue.purge(resource_types=['messages'])
        self.assertEqual(queue.stats['messages'].get('free'), 0)
        queue.purge()
        with self.assertRaises(errors.MalformedRequest):
            queue.purge(resource_types=['queues'])

    def test_a_name_that_is_too_long(self):
        with self.assertRaises(errors.MalformedRequest) as caught:
            self.zaqar.queue('q' * 65, force_create=True)
        self.assertIn('Invalid queue identification', str(caught.exception))


class MessageTest(ZaqarTest):

    def test_post_and_get(self):
        queue = self.zaqar.queue('jobs')
        [href] = queue.post({'body': {'job': 1}, 'ttl': 300})['resources']
        message = queue.message(href.rsplit('/', 1)[1])
        self.assertEqual((message.href, message.body, message.ttl), (href, {'job': 1}, 300))
        self.assertIn(message.age, (0, 1))
        self.assertIsNone(message.claim_id)

    def test_bodies_come_back_as_they_were(self):
        numbers = [0, -1, 2 ** 63 - 1, -2 ** 63, 9007199254740993, 1.0, 1e-7]
        sent = [None, True, *numbers, '', 'ü€😀\u0000', [], {}, {'__proto__': [1, {'a': None}]}]
        queue = self.jobs(*sent)
        every = bodies(queue.messages(limit=20))
        self.assertEqual([repr(body) for body in every], [repr(body) for body in sent])

    def test_ttl_is_the_default_of_the_queue(self):
        queue = self.jobs()
        queue.metadata({'_default_message_ttl': 120})
        queue.post([{'body': 'a'}, {'body': 'b', 'ttl': 60}])
        self.assertEqual([message.ttl for message in queue.messages(echo=True)], [120, 60])

    def test_own_messages_are_listed_only_with_echo(self):
        queue = self.zaqar.queue('jobs')
        queue.post({'body': 'mine', 'ttl': 60})
        self.assertEqual(bodies(queue.messages()), [])
        self.assertEqual(bodies(queue.messages(echo=True)), ['mine'])
        self.assertEqual(bodies(self.connect().queue('jobs').messages()), ['mine'])

    def test_pages(self):
        queue = self.jobs(*range(25))
        self.assertEqual(bodies(queue.messages(limit=10)), list(range(10)))
        self.assertEqual(bodies(queue.messages(limit=10).stream()), list(range(25)))
        self.assertEqual(bodies(queue.messages().stream()), list(range(25)))

    def test_a_page_that_is_too_large(self):
        with self.assertRaises(errors.MalformedRequest) as caught:
            list(self.jobs().messages(limit=21))
        self.assertIn('Invalid API request', str(caught.exception))

    def test_claimed_messages_are_listed_if_asked_for(self):
        queue = self.jobs('a', 'b')
        claim = queue.claim(ttl=60, grace=60, limit=1)
        self.assertEqual(bodies(queue.messages()), ['b'])
        listed = list(queue.messages(include_claimed=True))
        self.assertEqual(bodies(listed), ['a', 'b'])
        self.assertEqual([message.claim_id for message in listed], [claim.id, None])

    def test_get_by_ids(self):
        queue = self.jobs('a', 'b', 'c')
        ids = [message.id for message in queue.messages()]
        self.assertEqual(bodies(queue.messages(ids[2], ids[0])), ['c', 'a'])
        with self.assertRaises(errors.ResourceNotFound):
            queue.messages('0' * 32, '1' * 32)

    def test_delete(self):
        queue = self.jobs('a', 'b')
        first, second = queue.messages()
        first.delete()
        first.delete()
        self.assertEqual(bodies(queue.messages()), ['b'])
        with self.assertRaises(errors.ResourceNotFound):
            queue.message(first.id)
        queue.message(second.id).delete()
        self.assertEqual(queue.stats['messages']['total'], 0)

    def test_bulk_delete(self):
        queue = self.jobs(*range(5))
        ids = [message.id for message in queue.messages()]
        queue.delete_messages(ids[0], ids[3], '0' * 32)
        self.assertEqual(bodies(queue.messages()), [1, 2, 4])

    def test_pop(self):
        queue = self.jobs(*range(5))
        self.assertEqual(bodies(queue.pop()), [0])
        popped = list(queue.pop(count=2))
        self.assertEqual([(message.body, message.claim_count) for message in popped], [(1, 0), (2, 0)])
        self.assertEqual(bodies(queue.messages()), [3, 4])
        self.assertEqual(bodies(queue.pop(count=20)), [3, 4])
        self.assertEqual(bodies(queue.pop(count=20)), [])

    def test_a_post_is_stored_as_a_whole_or_not_at_all(self):
        queue = self.zaqar.queue('jobs')
        with self.assertRaises(errors.MalformedRequest):
            queue.post([{'body': 'good', 'ttl': 60}, {'body': 'bad', 'ttl': 59}])
        self.assertEqual(bodies(queue.messages(echo=True)), [])
        with self.assertRaises(errors.MalformedRequest):
            queue.post({'body': 'x' * 262144, 'ttl': 60})

    def test_a_delayed_queue(self):
        queue = self.jobs()
        queue.metadata({'_default_message_delay': 900})
        self.connect().queue('jobs').post([{'body': 'late'}, {'body': 'now', 'delay': 0}])
        self.assertEqual(bodies(queue.messages()), ['now'])
        self.assertEqual(bodies(queue.messages(include_delayed=True)), ['late', 'now'])
        self.assertEqual(bodies(queue.claim(ttl=60, grace=60)), ['now'])


class ClaimTest(ZaqarTest):

    def test_claim_and_delete(self):
        queue = self.jobs(*range(5))
        claim = queue.claim(ttl=300, grace=60, limit=3)
        messages = list(claim)
        self.assertEqual(bodies(messages), [0, 1, 2])
        self.assertEqual({message.claim_id for message in messages}, {claim.id})
        for message in messages:
            message.delete()
        self.assertEqual(bodies(queue.messages(include_claimed=True)), [3, 4])
        with self.assertRaises(errors.ResourceNotFound):
            queue.claim(id=claim.id).age

    def test_a_lease_is_exclusive(self):
        queue = self.jobs(*range(5))
        self.assertEqual(bodies(queue.claim(ttl=60, grace=60, limit=3)), [0, 1, 2])
        self.assertEqual(bodies(self.connect().queue('jobs').claim(ttl=60, grace=60)), [3, 4])

    def test_nothing_to_claim(self):
        claim = self.jobs().claim(ttl=60, grace=60)
        self.assertIsNone(claim.id)

    def test_the_defaults(self):
        queue = self.jobs(*range(12))
        claim = queue.claim()
        self.assertEqual(bodies(claim), list(range(10)))
        self.assertEqual(queue.claim(id=claim.id).ttl, 300)

    def test_get(self):
        queue = self.jobs('a', 'b')
        claim = queue.claim(ttl=120, grace=60)
        found = self.connect().queue('jobs').claim(id=claim.id)
        self.assertEqual(bodies(found), ['a', 'b'])
        self.assertEqual(found.ttl, 120)
        self.assertIn(found.age, (0, 1))

    def test_renew(self):
        queue = self.jobs('a')
        claim = queue.claim(ttl=60, grace=60)
        claim.update(ttl=600, grace=60)
        found = queue.claim(id=claim.id)
        self.assertEqual(found.ttl, 600)
        self.assertEqual([message.ttl for message in found], [660])
        with self.assertRaises(errors.MalformedRequest):
            claim.update(ttl=59)

    def test_release(self):
        queue = self.jobs('a', 'b')
        claim = queue.claim(ttl=60, grace=60)
        self.assertEqual(bodies(queue.messages()), [])
        claim.delete()
        claim.delete()
        self.assertEqual(bodies(queue.messages()), ['a', 'b'])
        with self.assertRaises(errors.ResourceNotFound):
            claim.update(ttl=60)
        self.assertEqual(bodies(queue.claim(ttl=60, grace=60)), ['a', 'b'])

    def test_a_claimed_message_is_deleted_only_with_its_claim(self):
        queue = self.jobs('a')
        unclaimed = next(queue.messages())
        [message] = queue.claim(ttl=60, grace=60)
        # It was listed before the claim, so the client has no claim id.
        with self.assertRaises(errors.ForbiddenError) as caught:
            unclaimed.delete()
        self.assertIn('Unable to delete', str(caught.exception))
        message.delete()
        self.assertEqual(queue.stats['messages']['total'], 0)

    def test_a_message_is_not_deleted_with_a_claim_that_is_over(self):
        queue = self.jobs('a')
        claim = queue.claim(ttl=60, grace=60)
        [message] = claim
        claim.delete()
        with self.assertRaises(errors.MalformedRequest) as caught:
            message.delete()
        self.assertIn('Unable to delete', str(caught.exception))


class SubscriptionTest(ZaqarTest):

    def subscriptions(self, **query):
        return list(self.zaqar.subscriptions('jobs', **query))

    def test_subscribe_and_read(self):
        """The client reads the new resource by a GET with the body of the POST."""
        made = self.zaqar.subscription('jobs', subscriber=HOOK, ttl=600, options={'note': 'é', 'number': 2 ** 53 + 1})
        self.assertEqual((made.subscriber, made.ttl, made.confirmed), (HOOK, 600, False))
        self.assertEqual(made.options, {'note': 'é', 'number': 2 ** 53 + 1})
        self.assertIn(made.age, (0, 1))
        found = self.zaqar.subscription('jobs', id=made.id)
        self.assertEqual((found.subscriber, found.ttl, found.options), (HOOK, 600, made.options))

    def test_subscribing_creates_the_queue(self):
        self.zaqar.subscription('jobs', subscriber=HOOK)
        self.assertEqual([queue.name for queue in self.zaqar.queues()[0]], ['jobs'])

    def test_subscribing_again_finds_the_subscription(self):
        made = self.zaqar.subscription('jobs', subscriber=HOOK, ttl=600)
        again = self.zaqar.subscription('jobs', subscriber=HOOK, ttl=900, options={'note': 1})
        self.assertEqual((again.id, again.ttl, again.options), (made.id, 600, {}))

    def test_update(self):
        made = self.zaqar.subscription('jobs', subscriber=HOOK, ttl=600)
        made.update({'subscriber': HOOK + '/2', 'ttl': 220367260800, 'options': {'note': 1}})
        [found] = self.subscriptions()
        self.assertEqual((found.subscriber, found.ttl, found.options), (HOOK + '/2', 220367260800, {'note': 1}))
        with self.assertRaises(errors.MalformedRequest):
            made.update({'ttl': 59})
        self.zaqar.subscription('jobs', subscriber=HOOK)
        with self.assertRaises(errors.ConflictError):
            made.update({'subscriber': HOOK})

    def test_delete(self):
        made = self.zaqar.subscription('jobs', subscriber=HOOK)
        made.delete()
        made.delete()
        self.assertEqual(self.subscriptions(), [])
        with self.assertRaises(errors.ResourceNotFound):
            self.zaqar.subscription('jobs', id=made.id)

    def test_pages(self):
        hooks = ['%s/%d' % (HOOK, number) for number in range(25)]
        for hook in hooks:
            self.zaqar.subscription('jobs', subscriber=hook)
        first = self.zaqar.subscriptions('jobs', limit=7, detailed=False)
        self.assertEqual([each.subscriber for each in first], hooks[:7])
        every = self.zaqar.subscriptions('jobs', limit=7)
        self.assertEqual([each.subscriber for each in every.stream()], hooks)
        self.assertEqual(len(self.subscriptions()), 10)
        self.zaqar.queue('jobs').purge(resource_types=['subscriptions'])
        self.assertEqual(self.subscriptions(), [])

    def test_subscriptions_outlive_their_queue(self):
        made = self.zaqar.subscription('jobs', subscriber=HOOK)
        self.zaqar.queue('jobs').delete()
        self.assertEqual([each.id for each in self.subscriptions()], [made.id])

    def test_a_bad_subscriber(self):
        with self.assertRaises(errors.MalformedRequest) as caught:
            self.zaqar.subscription('jobs', subscriber='ftp://subscriber.test')
        self.assertIn('subscriber type', str(caught.exception))


if __name__ == '__main__':
    unittest.main()
