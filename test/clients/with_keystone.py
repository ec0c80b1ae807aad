"""The service in a cloud: behind a real Keystone, found through its catalogue, and accepting tokens only.

Runs against SUKKAL_URL, whose server checks tokens at KEYSTONE_URL with the account that the environment names, serves
/v2/health and keeps the default limits. Each test has queues of its own; projects are shared.
"""

import datetime
import os
import time
import unittest
import uuid
from concurrent import futures

import openstack
from keystoneauth1 import session
from keystoneauth1.identity import v3
from zaqarclient.queues import client
from zaqarclient.transport import errors

import cloud
from cloud import bodies, call, post, token

LIST = {'service': 'messaging', 'method': 'GET', 'path': '/v2/queues'}


def setUpModule():
    cloud.set_up()


class CloudTest(unittest.TestCase):

    def setUp(self):
        self.queue = 'queue-' + uuid.uuid4().hex

    def assert_unauthorized(self, answer):
        """As every service behind keystonemiddleware answers; not in the format of the messaging API."""
        self.assertEqual(answer.status_code, 401, answer.text)
        self.assertEqual(answer.headers['WWW-Authenticate'], 'Keystone uri="%s"' % cloud.KEYSTONE_URL)
        self.assertTrue(answer.headers['Content-Type'].startswith('application/json'))
        message = 'The request you have made requires authentication.'
        error = {'code': 401, 'title': 'Unauthorized', 'message': message}
        self.assertEqual(answer.json(), {'error': error, 'code': 'unauthenticated'})

    def assert_forbidden(self, answer):
        self.assertEqual(answer.status_code, 403, answer.text)
        self.assertEqual(answer.json()['title'], 'Not authorized')

    def assert_status(self, answer, status):
        self.assertEqual(answer.status_code, status, answer.text)


class CatalogueTest(CloudTest):
    """No client here has the URL of the service."""

    def test_zaqarclient(self):
        options = {
            'os_auth_url': cloud.KEYSTONE_URL, 'os_username': 'alpha-member', 'os_password': cloud.PASSWORD,
            'os_project_name': 'alpha', 'os_user_domain_name': 'Default', 'os_project_domain_name': 'Default',
        }
        self.use(client.Client(None, 2, conf={'auth_opts': {'backend': 'keystone', 'options': options}}))

    def test_zaqarclient_with_a_session(self):
        conf = {'auth_opts': {'backend': 'keystone'}}
        self.use(client.Client(None, 2, conf=conf, session=cloud.logged_in('alpha-member', 'alpha')))

    def use(self, zaqar):
        queue = zaqar.queue(self.queue, force_create=True)
        queue.post([{'body': {'job': number}, 'ttl': 300} for number in range(2)])
        self.assertIn(self.queue, [listed.name for listed in zaqar.queues(marker=self.queue[:-1])[0]])
        claimed = list(queue.claim(ttl=60, grace=60, limit=1))
        self.assertEqual([message.body for message in claimed], [{'job': 0}])
        claimed[0].delete()
        self.assertEqual([message.body for message in queue.pop()], [{'job': 1}])
        queue.delete()

    def test_zaqarclient_is_told_what_it_may_not(self):
        conf = {'auth_opts': {'backend': 'keystone'}}
        reader = client.Client(None, 2, conf=conf, session=cloud.logged_in('alpha-reader', 'alpha'))
        with self.assertRaises(errors.ForbiddenError) as caught:
            reader.queue(self.queue).post({'body': 'a', 'ttl': 60})
        self.assertIn('Not authorized', str(caught.exception))

    def test_openstacksdk(self):
        zaqar = openstack.connection.Connection(session=cloud.logged_in('alpha-member', 'alpha')).message
        zaqar.create_queue(name=self.queue)
        zaqar.post_message(self.queue, [{'body': 'a', 'ttl': 300}])
        self.assertEqual([message.body for message in zaqar.messages(self.queue)], ['a'])
        zaqar.delete_queue(self.queue, ignore_missing=False)


class ProjectTest(CloudTest):

    def test_projects_are_apart(self):
        self.assert_status(post(self.queue, token('alpha-member', 'alpha')), 201)
        self.assertEqual(bodies(self.queue, token('beta-member', 'beta')), [])

    def test_the_project_of_the_token_wins(self):
        alpha, beta = token('alpha-member', 'alpha'), token('beta-member', 'beta')
        project = cloud.project_id('beta')
        spoofs = {'X-Project-ID': project, 'X-Tenant-ID': project, 'X-Tenant': project}
        self.assert_status(post(self.queue, alpha, headers=spoofs), 201)
        self.assertEqual((bodies(self.queue, alpha), bodies(self.queue, beta)), (['a'], []))


class RoleTest(CloudTest):

    def test_a_reader_reads(self):
        reader = token('alpha-reader', 'alpha')
        post(self.queue, token('alpha-member', 'alpha'))
        self.assert_status(call('GET', '/v2/queues', reader), 200)
        self.assertEqual(bodies(self.queue, reader), ['a'])

    def test_a_reader_changes_nothing(self):
        reader = token('alpha-reader', 'alpha')
        post(self.queue, token('alpha-member', 'alpha'))
        path = '/v2/queues/' + self.queue
        self.assert_forbidden(post(self.queue, reader))
        self.assert_forbidden(call('PUT', path, reader))
        self.assert_forbidden(call('POST', path + '/claims', reader))
        self.assert_forbidden(call('DELETE', path + '/messages?pop=1', reader))
        self.assert_forbidden(call('DELETE', path, reader))
        self.assertEqual(bodies(self.queue, reader), ['a'])

    def test_roles_are_those_of_the_token(self):
        spoofs = {'X-Roles': 'admin,member', 'X-Role': 'admin', 'X-Identity-Status': 'Confirmed', 'X-Is-Admin-Project': 'True'}
        self.assert_forbidden(post(self.queue, token('alpha-reader', 'alpha'), headers=spoofs))
        self.assert_forbidden(call('GET', '/v2/health', token('alpha-member', 'alpha'), headers=spoofs))

    def test_an_admin_sees_the_health(self):
        self.assert_status(call('GET', '/v2/health', token('alpha-admin', 'alpha')), 200)


class RefusalTest(CloudTest):
    """A valid token is cached for at most 300 s, so one that is revoked afterwards may be accepted for that long."""

    def test_no_token(self):
        self.assert_unauthorized(call('GET', '/v2/queues'))
        self.assert_unauthorized(post(self.queue, None))
        self.assert_unauthorized(call('GET', '/v2/queues', headers={'X-Project-ID': 'alpha', 'X-Roles': 'admin'}))
        self.assert_unauthorized(call('GET', '/v2/queues', ''))

    def test_no_token_is_asked_for_before_anything_else(self):
        self.assert_unauthorized(call('GET', '/v2/nothing'))
        self.assert_unauthorized(call('GET', '/v2/ping'))
        self.assert_unauthorized(call('PUT', '/v2/queues/not a name', data='{'))

    def test_the_versions_are_for_everybody(self):
        self.assertEqual(call('GET', '/').status_code, 300)

    def test_no_token_at_all(self):
        self.assert_unauthorized(call('GET', '/v2/queues', 'garbage'))
        self.assert_unauthorized(call('GET', '/v2/queues', 'x' * 4096))

    def test_a_token_that_was_tampered_with(self):
        good = token('alpha-member', 'alpha')
        other = 'A' if good[60] != 'A' else 'B'
        self.assert_unauthorized(call('GET', '/v2/queues', good[:60] + other + good[61:]))
        self.assert_status(call('GET', '/v2/queues', good), 200)

    def test_a_revoked_token(self):
        opened = cloud.logged_in('alpha-member', 'alpha')
        revoked = opened.get_token()
        cloud.keystone_of(opened).tokens.revoke_token(revoked)
        self.assert_unauthorized(call('GET', '/v2/queues', revoked))
        self.assert_status(call('GET', '/v2/queues', token('alpha-member', 'alpha')), 200)

    def test_a_token_of_a_user_who_is_disabled(self):
        keystone = cloud.operator()
        user = keystone.users.create('user-' + uuid.uuid4().hex, password=cloud.PASSWORD, domain=cloud.DOMAIN)
        cloud.grant(keystone, 'member', user, project=cloud.project_id('alpha'))
        issued = token(user.name, 'alpha')
        keystone.users.update(user, enabled=False)
        self.assert_unauthorized(call('GET', '/v2/queues', issued))

    def test_an_expired_token(self):
        logins = [cloud.logged_in('alpha-member', 'alpha', url=cloud.SHORT_LIVED_URL) for _ in range(2)]
        seen, unseen = [opened.get_token() for opened in logins]
        self.assert_status(call('GET', '/v2/queues', seen), 200)
        for opened in logins:
            left = opened.auth.get_access(opened).expires - datetime.datetime.now(datetime.timezone.utc)
            time.sleep(max(0, left.total_seconds()) + 0.1)
        self.assert_unauthorized(call('GET', '/v2/queues', seen))
        self.assert_unauthorized(call('GET', '/v2/queues', unseen))

    def test_the_service_logs_in_anew(self):
        """A change of the password, even to the same one, revokes the service's own tokens."""
        self.assert_status(call('GET', '/v2/queues', token('alpha-member', 'alpha')), 200)
        keystone = cloud.operator()
        [account] = keystone.users.list(name=os.environ['KEYSTONE_USERNAME'])
        keystone.users.update(account, password=os.environ['KEYSTONE_PASSWORD'])
        # Keystone revokes by whole seconds: a token of this one would be gone too.
        time.sleep(1.1)
        self.assert_status(call('GET', '/v2/queues', token('alpha-member', 'alpha')), 200)
        self.assert_unauthorized(call('GET', '/v2/queues', 'garbage'))


class CrowdTest(CloudTest):
    """Concurrent requests share the service's requests to Keystone, and an error of one does not affect others."""

    def test_one_token(self):
        self.assert_all_are_served([token('alpha-member', 'alpha')] * 20)

    def test_many_tokens(self):
        logins = [cloud.logged_in('alpha-member', 'alpha') for _ in range(20)]
        self.assert_all_are_served(self.at_once(lambda login: login.get_token(), logins))

    def test_good_ones_among_bad_ones(self):
        good, bad = token('alpha-member', 'alpha'), [uuid.uuid4().hex for _ in range(10)]
        statuses = [answer.status_code for answer in self.at_once(self.list_queues, [good, *bad, good])]
        self.assertEqual(statuses, [200] + [401] * 10 + [200])

    def assert_all_are_served(self, tokens):
        self.assertEqual({answer.status_code for answer in self.at_once(self.list_queues, tokens)}, {200})

    def list_queues(self, token):
        return call('GET', '/v2/queues', token)

    def at_once(self, do, each):
        with futures.ThreadPoolExecutor(len(each)) as threads:
            return list(threads.map(do, each))


class ScopeTest(CloudTest):

    def test_a_domain_has_no_queues(self):
        self.assert_no_queues(token('domain-member', domain_id=cloud.DOMAIN))

    def test_a_system_has_no_queues(self):
        self.assert_no_queues(self.system_admin())

    def test_a_user_without_a_project_has_no_queues(self):
        self.assert_no_queues(token('alpha-member', unscoped=True))

    def assert_no_queues(self, scoped):
        beta = {'X-Project-ID': cloud.project_id('beta')}
        self.assert_status(call('GET', '/v2/queues', scoped), 403)
        self.assert_status(call('GET', '/v2/queues', scoped, headers=beta), 403)
        self.assert_status(post(self.queue, scoped, headers=beta), 403)
        self.assertEqual(bodies(self.queue, token('beta-member', 'beta')), [])

    def test_a_system_admin_reads_the_quotas_of_every_project(self):
        path = '/v2/quotas/' + cloud.project_id('beta')
        self.assert_status(call('GET', path, self.system_admin()), 200)
        self.assert_status(call('GET', path, token('alpha-member', 'alpha')), 403)

    def system_admin(self):
        return token('admin', password=os.environ['KEYSTONE_ADMIN_PASSWORD'], system_scope='all')


class ApplicationCredentialTest(CloudTest):

    def test_without_access_rules_it_may_all_that_its_roles_may(self):
        self.assert_status(post(self.queue, self.credential_token()), 201)
        self.assertEqual(bodies(self.queue, token('alpha-member', 'alpha')), ['a'])

    def test_an_access_rule_allows_one_request_and_no_other(self):
        lister = self.credential_token(LIST)
        path = '/v2/queues/' + self.queue
        self.assert_status(call('GET', '/v2/queues', lister), 200)
        self.assert_status(call('GET', '/v2/queues?limit=1', lister), 200)
        self.assert_unauthorized(call('GET', path, lister))
        self.assert_unauthorized(call('GET', '/v2/queues/', lister))
        self.assert_unauthorized(call('GET', path + '/messages', lister))
        self.assert_unauthorized(call('POST', '/v2/queues', lister))
        self.assert_unauthorized(call('PUT', path, lister))
        self.assert_unauthorized(post(self.queue, lister))
        # Refusals by access rules are not cached for the token.
        self.assert_status(call('GET', '/v2/queues', lister), 200)

    def test_a_path_with_placeholders(self):
        poster = self.credential_token(
            {'service': 'messaging', 'method': 'POST', 'path': '/v2/queues/*/messages'},
            {'service': 'messaging', 'method': 'GET', 'path': '/v2/queues/{queue_name}/stats'},
            {'service': 'messaging', 'method': 'DELETE', 'path': '/v2/queues/**'},
        )
        path = '/v2/queues/' + self.queue
        self.assert_status(post(self.queue, poster), 201)
        self.assert_status(call('GET', path + '/stats', poster), 200)
        self.assert_unauthorized(call('GET', path, poster))
        self.assert_unauthorized(call('POST', path + '/claims', poster))
        self.assert_unauthorized(call('POST', path + '/more/messages', poster))
        self.assert_status(call('DELETE', path + '/messages?pop=1', poster), 200)
        self.assert_status(call('DELETE', path, poster), 204)

    def test_a_rule_for_another_service(self):
        self.assert_unauthorized(call('GET', '/v2/queues', self.credential_token({**LIST, 'service': 'compute'})))

    def credential_token(self, *rules):
        keystone = cloud.keystone_of(cloud.logged_in('alpha-member', 'alpha'))
        credential = keystone.application_credentials.create(
            self.queue, access_rules=list(rules) or None, user=keystone.session.get_user_id())
        auth = v3.ApplicationCredential(
            cloud.KEYSTONE_URL + '/v3', application_credential_id=credential.id,
            application_credential_secret=credential.secret)
        return session.Session(auth).get_token()


class TrustTest(CloudTest):

    def test_it_works_in_the_project_of_the_trustor(self):
        trustee = self.trusted('member')
        self.assert_status(post(self.queue, trustee), 201)
        self.assertEqual(bodies(self.queue, token('alpha-member', 'alpha')), ['a'])
        self.assertEqual(bodies(self.queue, token('beta-member', 'beta')), [])

    def test_it_gives_the_roles_of_the_trust_only(self):
        trustee = self.trusted('reader')
        self.assertEqual(bodies(self.queue, trustee), [])
        self.assert_forbidden(post(self.queue, trustee))

    def trusted(self, role):
        """A token that beta's member gets from a trust of alpha's."""
        opened = cloud.logged_in('alpha-member', 'alpha')
        trust = cloud.keystone_of(opened).trusts.create(
            cloud.logged_in('beta-member', 'beta').get_user_id(), opened.get_user_id(), role_names=[role],
            project=opened.get_project_id(), impersonation=False)
        return token('beta-member', trust_id=trust.id)


class TrustedSubscriberTest(CloudTest):
    """Subscribers that are called with a token of the subscribing user. They are queues of the service itself."""

    def test_a_message_is_copied_by_a_token_of_the_trust(self):
        subscription = self.subscribe(token('alpha-member', 'alpha'))
        self.assertTrue(subscription['options']['trust_id'])
        self.assert_status(post(self.queue, token('alpha-member', 'alpha')), 201)
        self.assertEqual(self.copies('alpha'), ['a'])
        self.assertEqual(bodies(self.copy, token('beta-member', 'beta')), [])

    def test_the_trust_gives_what_the_subscriber_may(self):
        opened = cloud.logged_in('alpha-member', 'alpha')
        trust_id = self.subscribe(opened.get_token())['options']['trust_id']
        trust = cloud.keystone_of(opened).trusts.get(trust_id)
        self.assertEqual(trust.trustor_user_id, opened.get_user_id())
        self.assertEqual(trust.project_id, opened.get_project_id())
        self.assertTrue(trust.impersonation)
        self.assertLessEqual({'member'}, {role['name'] for role in trust.roles})
        left = datetime.datetime.fromisoformat(trust.expires_at.replace('Z', '+00:00')).timestamp() - time.time()
        self.assertTrue(3500 < left <= 3600, left)

    def test_the_longest_life_that_heat_asks_for(self):
        self.assertTrue(self.subscribe(token('alpha-member', 'alpha'), ttl=220367260800)['options']['trust_id'])

    def test_a_trust_of_another_project_is_not_used(self):
        """A stranger may know the id of the trust."""
        trust_id = self.subscribe(token('alpha-member', 'alpha'))['options']['trust_id']
        stranger = token('beta-member', 'beta')
        id = self.subscribe(stranger, trust_id=trust_id)['id']
        self.assert_status(post(self.queue, stranger), 201)
        path = '/v2/queues/%s/subscriptions/%s/deliveries' % (self.queue, id)
        [attempt] = self.until(lambda: call('GET', path, stranger).json()['attempts'])
        self.assertEqual(attempt['outcome'], 'blocked')
        self.assertEqual(bodies(self.copy, token('alpha-member', 'alpha')), [])

    def test_an_application_credential_gives_no_trust(self):
        opened = cloud.logged_in('alpha-member', 'alpha')
        credential = cloud.keystone_of(opened).application_credentials.create(self.queue, user=opened.get_user_id())
        auth = v3.ApplicationCredential(
            cloud.KEYSTONE_URL + '/v3', application_credential_id=credential.id,
            application_credential_secret=credential.secret)
        self.assert_forbidden(self.create(session.Session(auth).get_token()))

    @property
    def copy(self):
        return self.queue + '-copy'

    def create(self, token, ttl=3600, **options):
        body = '{"messages": [{"body": "$zaqar_message$", "ttl": 300}]}'
        headers = {'Client-ID': str(uuid.uuid4())}
        subscriber = 'trust+%s/v2/queues/%s/messages' % (os.environ['PUBLIC_URL'], self.copy)
        return call('POST', '/v2/queues/%s/subscriptions' % self.queue, token, json={
            'subscriber': subscriber, 'ttl': ttl,
            'options': {'post_data': body, 'post_headers': headers, **options}})

    def subscribe(self, token, **how):
        answer = self.create(token, **how)
        self.assert_status(answer, 201)
        path = '/v2/queues/%s/subscriptions/%s' % (self.queue, answer.json()['subscription_id'])
        return call('GET', path, token).json()

    def copies(self, project):
        member = token(project + '-member', project)
        return [copy['body'] for copy in self.until(lambda: bodies(self.copy, member))]

    def until(self, look):
        for _ in range(100):
            seen = look()
            if seen:
                return seen
            time.sleep(0.1)
        self.fail('It did not come to that.')


if __name__ == '__main__':
    unittest.main()
