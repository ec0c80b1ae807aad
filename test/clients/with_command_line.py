"""`openstack messaging` and `sukkal` in a cloud: queues, and with POOLS_REGION pools and flavors.

Runs against SUKKAL_URL, whose server checks tokens at KEYSTONE_URL, serves /v2/health and keeps the default limits. With POOLS_REGION
it has POOLING, and this script enters it in the catalogue, in a region of that name. Each test has queues of its own; projects
are shared.
"""

import contextlib
import io
import json
import multiprocessing
import os
import subprocess
import unittest
import uuid

from openstackclient import shell

import cloud


def setUpModule():
    cloud.set_up()


class CommandLineTest(unittest.TestCase):

    region = cloud.REGION

    def setUp(self):
        self.queue = 'queue-' + uuid.uuid4().hex

    def run_messaging(self, *words, role='member', is_shown=True):
        """The table of the command's output, or its text if there is none."""
        code, out, said = self.run_command(*words, *(['--format', 'json'] if is_shown else []), role=role)
        self.assertEqual(code, 0, said)
        return json.loads(out) if is_shown else out

    def assert_refused(self, reason, *words, role='member'):
        """The command fails, and says why."""
        code, out, said = self.run_command(*words, role=role)
        self.assertNotEqual(code, 0, out)
        self.assertIn(reason, said)

    def run_command(self, *words, role):
        """The exit code, the output and the errors."""
        # A process of its own, because the command line keeps its clients. A fork, because the import takes a second.
        with multiprocessing.get_context('fork').Pool(1) as process:
            return process.apply(in_this_process, (['messaging', *words], self.environment(role)))

    def environment(self, role):
        """What an openrc file of the user sets."""
        return {
            'OS_AUTH_URL': cloud.KEYSTONE_URL, 'OS_USERNAME': 'alpha-' + role, 'OS_PASSWORD': cloud.PASSWORD,
            'OS_PROJECT_NAME': 'alpha', 'OS_USER_DOMAIN_NAME': 'Default', 'OS_PROJECT_DOMAIN_NAME': 'Default',
            'OS_IDENTITY_API_VERSION': '3', 'OS_REGION_NAME': self.region,
        }


def in_this_process(words, environment):
    """What /usr/bin/openstack does."""
    out, said = io.StringIO(), io.StringIO()
    os.environ.update(environment)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(said):
        code = shell.main(words)
    return code, out.getvalue(), said.getvalue()


class QueueTest(CommandLineTest):

    def test_queues_messages_and_claims(self):
        self.assertEqual(self.run_messaging('queue', 'create', self.queue), {'Name': self.queue})
        listed = self.run_messaging('queue', 'list', '--marker', self.queue[:-1])
        self.assertIn({'Name': self.queue}, listed)
        messages = json.dumps([{'body': {'job': 1}, 'ttl': 600}])
        self.run_messaging('message', 'post', '--client-id', str(uuid.uuid4()), self.queue, messages, is_shown=False)
        [message] = self.run_messaging('claim', 'create', self.queue)
        self.assertEqual((message['Messages'], message['TTL']), ({'job': 1}, 600))
        self.run_messaging('queue', 'delete', self.queue, is_shown=False)

    def test_health_is_for_admins(self):
        self.assertIn('storage_reachable', self.run_messaging('health', role='admin', is_shown=False))
        self.assert_refused('Not authorized', 'health')

    @unittest.skipIf(os.environ.get('POOLS_REGION'), 'the service has pools')
    def test_without_pooling_there_are_no_pools(self):
        self.assert_refused('Code: 404', 'pool', 'list', role='admin')
        self.assert_refused('Code: 404', 'flavor', 'list')


class SukkalTest(CommandLineTest):
    """`sukkal` reads the same variables."""

    def test_a_password(self):
        shown = self.run_sukkal('whoami', '--json', **self.environment('reader'))
        caller = json.loads(shown.stdout)['caller']
        self.assertEqual((caller['proof'], caller['roles']), ('keystone', ['reader']))

    def test_a_token(self):
        token = cloud.logged_in('alpha-member', 'alpha').get_token()
        variables = {'OS_AUTH_URL': cloud.KEYSTONE_URL + '/v3', 'OS_AUTH_TYPE': 'token', 'OS_TOKEN': token,
                     'OS_PROJECT_NAME': 'alpha', 'OS_REGION_NAME': self.region}
        self.run_sukkal('queue', 'create', self.queue, **variables)
        self.assertIn({'Name': self.queue}, self.run_messaging('queue', 'list', '--marker', self.queue[:-1]))

    def test_a_wrong_password(self):
        refused = self.run_sukkal('whoami', code=4, **{**self.environment('reader'), 'OS_PASSWORD': 'wrong'})
        self.assertIn('refuses the credential', refused.stderr)

    def run_sukkal(self, *words, code=0, **variables):
        environment = {'PATH': os.environ['PATH'], 'SUKKAL_CONFIG': '/dev/null', **variables}
        command = [*json.loads(os.environ['SUKKAL_COMMAND']), *words]
        done = subprocess.run(command, env=environment, capture_output=True, encoding='utf-8')
        self.assertEqual(done.returncode, code, done.stderr)
        return done


@unittest.skipUnless(os.environ.get('POOLS_REGION'), 'the service has no pools')
class PoolTest(CommandLineTest):
    """Pools belong to the whole service, and flavors to the project, so each test removes those of others."""

    region = os.environ.get('POOLS_REGION', cloud.REGION)

    @classmethod
    def setUpClass(cls):
        keystone = cloud.operator()
        [service] = keystone.services.list(name='zaqar')
        keystone.endpoints.create(service, cloud.SUKKAL_URL, interface='public', region=cls.region)

    def setUp(self):
        super().setUp()
        admin = cloud.token('alpha-admin', 'alpha')
        for kind in ('flavors', 'pools'):
            for each in cloud.call('GET', '/v2/%s?limit=20' % kind, admin).json()[kind]:
                cloud.call('DELETE', each['href'], admin).raise_for_status()

    def as_admin(self, *words, **how):
        return self.run_messaging(*words, role='admin', **how)

    def create_pools(self, *names):
        for name, hint in zip(names, ('weur', 'enam', 'apac')):
            self.as_admin('pool', 'create', name, 'durable-object://' + hint, '100')

    def test_a_pool_from_its_creation_to_its_deletion(self):
        created = self.as_admin('pool', 'create', 'west', 'durable-object://weur', '100', '--pool_options', '{"note": 1}')
        self.assertEqual(created, {
            'Name': 'west', 'URI': 'durable-object://weur', 'Weight': 100, 'Flavor': None, 'Options': {'note': 1}})
        self.assertEqual(self.as_admin('pool', 'update', 'west', '--pool_weight', '50')['Weight'], 50)
        changes = ['--pool_uri', 'durable-object://eeur', '--pool_options', '{"note": 2}']
        self.assertEqual(self.as_admin('pool', 'update', 'west', *changes)['URI'], 'durable-object://eeur')
        shown = self.as_admin('pool', 'show', 'west')
        self.assertEqual((shown['Weight'], shown['URI']), (50, 'durable-object://eeur'))
        [listed] = self.as_admin('pool', 'list', '--detailed')
        self.assertEqual((listed['Name'], listed['Options']), ('west', {'note': 2}))
        self.as_admin('pool', 'delete', 'west', is_shown=False)
        self.assertEqual(self.as_admin('pool', 'list'), [])

    def test_pages_of_pools(self):
        self.create_pools('a', 'b', 'c')
        self.assertEqual([pool['Name'] for pool in self.as_admin('pool', 'list', '--marker', 'a', '--limit', '1')], ['b'])

    def test_pools_that_are_refused(self):
        self.create_pools('west')
        create = ['pool', 'create', 'other']
        self.assert_refused('write durable-object://', *create, 'mongodb://127.0.0.1', '100', role='admin')
        self.assert_refused('in use by another pool', *create, 'durable-object://weur', '100', role='admin')
        self.assert_refused('at least 0, not -1', *create, 'durable-object://enam', '-1', role='admin')
        self.assert_refused('Pool other does not exist', 'pool', 'show', 'other', role='admin')
        self.assert_refused('Pool other does not exist', 'pool', 'update', 'other', '--pool_weight', '1', role='admin')
        self.assert_refused('write durable-object://', 'pool', 'update', 'west', '--pool_uri', 'redis://', role='admin')
        self.assert_refused('Not authorized', 'pool', 'list')
        self.assert_refused('Not authorized', *create, 'durable-object://', '100')
        self.assert_refused('Not authorized', 'pool', 'delete', 'west')

    def test_a_flavor_from_its_creation_to_its_deletion(self):
        self.create_pools('west', 'east')
        capabilities = ['FIFO', 'CLAIMS', 'DURABILITY', 'AOD']
        created = self.as_admin('flavor', 'create', 'gold', '--pool_list', 'west')
        self.assertEqual((created['Name'], created['Pool list']), ('gold', ['west']))
        [listed] = self.run_messaging('flavor', 'list', '--detailed')
        self.assertEqual(listed, {'Name': 'gold', 'Pool list': ['west'], 'Capabilities': capabilities})
        updated = self.as_admin('flavor', 'update', 'gold', '--pool_list', 'west,east')
        self.assertEqual(updated['Pool_list'], ['east', 'west'])
        shown = self.run_messaging('flavor', 'show', 'gold')
        self.assertEqual(shown, {'Name': 'gold', 'Pool list': ['east', 'west'], 'Capabilities': capabilities})
        self.assertEqual(self.as_admin('pool', 'show', 'east')['Flavor'], 'gold')
        self.as_admin('flavor', 'delete', 'gold', is_shown=False)
        self.assertEqual(self.run_messaging('flavor', 'list'), [])

    def test_flavors_that_are_refused(self):
        self.create_pools('west', 'east')
        self.as_admin('flavor', 'create', 'gold', '--pool_list', 'west')
        self.assert_refused('Pool nowhere does not exist', 'flavor', 'create', 'silver', '--pool_list', 'nowhere', role='admin')
        self.assert_refused('Flavor silver does not exist', 'flavor', 'update', 'silver', '--pool_list', 'east', role='admin')
        self.assert_refused('Flavor silver does not exist', 'flavor', 'show', 'silver')
        self.assert_refused('used by flavors gold', 'pool', 'delete', 'west', role='admin')
        self.assert_refused('Not authorized', 'flavor', 'create', 'silver', '--pool_list', 'east')
        self.assert_refused('Not authorized', 'flavor', 'delete', 'gold')

    def test_a_queue_of_a_flavor(self):
        self.create_pools('west', 'east')
        self.as_admin('flavor', 'create', 'gold', '--pool_list', 'east')
        self.run_messaging('queue', 'create', self.queue)
        metadata = json.dumps({'_flavor': 'gold'})
        self.run_messaging('queue', 'set', 'metadata', self.queue, metadata, is_shown=False)
        self.assertIn("'_flavor': 'gold'", self.run_messaging('queue', 'get', 'metadata', self.queue, is_shown=False))

    def test_health_names_each_pool(self):
        self.create_pools('west')
        health = json.loads(self.as_admin('health', is_shown=False))
        self.assertEqual((health['catalog_reachable'], health['west']['storage_reachable']), (True, True))


if __name__ == '__main__':
    unittest.main()
