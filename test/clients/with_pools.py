"""Pools and flavors as python-zaqarclient sees them.

Runs against SUKKAL_URL, whose server must trust X-Project-ID and X-Roles and have ADMIN_MODE and POOLING. Pools belong to the whole
service, so each test removes existing ones.
"""

import os
import unittest
import uuid

from zaqarclient.queues.v2 import client
from zaqarclient.transport import errors

URL = os.environ['SUKKAL_URL']


class OperatorClient(client.Client):
    """The client cannot send roles, because a token would determine them."""

    def _request_and_transport(self):
        request, transport = super()._request_and_transport()
        request.headers['X-Roles'] = 'admin'
        return request, transport


class PoolsTest(unittest.TestCase):

    def setUp(self):
        self.project = 'project-' + uuid.uuid4().hex
        options = {'auth_opts': {'backend': 'noauth', 'options': {'os_project_id': self.project}}}
        self.user = client.Client(URL, 2, conf=options)
        self.operator = OperatorClient(URL, 2, conf=options)
        for pool in list(self.operator.pools()):
            pool.update({'flavor': ''})
            pool.delete()

    def test_a_pool_from_its_creation_to_its_deletion(self):
        pool = self.operator.pool('west', uri='durable-object://weur', weight=100, options={'note': 1})
        self.assertEqual(pool.get(), {
            'name': 'west', 'uri': 'durable-object://weur', 'weight': 100, 'flavor': None, 'href': '/v2/pools/west',
        })
        pool.update({'weight': 50, 'uri': 'durable-object://eeur'})
        self.assertEqual((pool.get()['weight'], pool.get()['uri']), (50, 'durable-object://eeur'))
        [listed] = self.operator.pools(detailed=True)
        self.assertEqual((listed.name, listed.weight, listed.options), ('west', 50, {'note': 1}))
        pool.delete()
        self.assertEqual(list(self.operator.pools()), [])

    def test_what_is_refused(self):
        for uri in ('mongodb://127.0.0.1:27017', 'durable-object://mars', 'durable-object://?jurisdiction=eu'):
            with self.assertRaises(errors.MalformedRequest, msg=uri):
                self.operator.pool('west', uri=uri, weight=1)
        self.operator.pool('west', uri='durable-object://', weight=1)
        with self.assertRaises(errors.ConflictError):
            self.operator.pool('east', uri='durable-object://', weight=1)
        with self.assertRaises(errors.ForbiddenError):
            list(self.user.pools())
        with self.assertRaises(errors.MalformedRequest):
            self.operator.flavor('gold', pool_list=['nowhere'])

    def test_a_flavor_from_its_creation_to_its_deletion(self):
        self.operator.pool('west', uri='durable-object://weur', weight=100)
        self.operator.pool('east', uri='durable-object://enam', weight=100)
        flavor = self.operator.flavor('gold-' + self.project[:20], pool_list=['west'])
        shown = flavor.get()
        self.assertEqual((shown['pool_list'], shown['capabilities']), (['west'], ['FIFO', 'CLAIMS', 'DURABILITY', 'AOD']))
        flavor.update({'pool_list': ['east']})
        [listed] = self.user.flavors(detailed=True)
        self.assertEqual((listed.pool_list, listed.capabilities), (['east'], ['FIFO', 'CLAIMS', 'DURABILITY', 'AOD']))
        with self.assertRaises(errors.ForbiddenError):
            self.operator.pool('east', auto_create=False).delete()
        flavor.delete()
        self.assertEqual(list(self.user.flavors()), [])

    def test_queues_are_used_as_anywhere(self):
        self.operator.pool('west', uri='durable-object://weur', weight=100)
        self.operator.pool('gold', uri='durable-object://enam', weight=100)
        self.operator.flavor('gold-' + self.project[:20], pool_list=['gold'])
        for name, metadata in (('plain', {}), ('golden', {'_flavor': 'gold-' + self.project[:20]})):
            queue = self.user.queue(name, force_create=True)
            queue.metadata(new_meta=metadata, force_reload=True)
            queue.post([{'body': number, 'ttl': 300} for number in range(3)])
            claimed = list(queue.claim(ttl=60, grace=60, limit=1))
            self.assertEqual([message.body for message in claimed], [0])
            claimed[0].delete()
            self.assertEqual([message.body for message in queue.messages(echo=True)], [1, 2])
            self.assertEqual(queue.metadata(force_reload=True).get('_flavor'), metadata.get('_flavor'))
        self.assertEqual([queue.name for queue in self.user.queues()[0]], ['golden', 'plain'])

    def test_a_queue_with_messages_keeps_its_flavor(self):
        self.operator.pool('west', uri='durable-object://weur', weight=100)
        self.operator.pool('gold', uri='durable-object://enam', weight=100)
        self.operator.flavor('gold-' + self.project[:20], pool_list=['gold'])
        queue = self.user.queue('plain', force_create=True)
        queue.post([{'body': 1, 'ttl': 300}])
        with self.assertRaises(errors.ConflictError):
            queue.metadata(new_meta={'_flavor': 'gold-' + self.project[:20]}, force_reload=True)
        self.assertEqual([message.body for message in queue.messages(echo=True)], [1])

    def test_health_of_each_pool(self):
        self.operator.pool('west', uri='durable-object://weur', weight=100)
        health = self.operator.health()
        self.assertIs(health['catalog_reachable'], True)
        self.assertIs(health['west']['storage_reachable'], True)


if __name__ == '__main__':
    unittest.main()
