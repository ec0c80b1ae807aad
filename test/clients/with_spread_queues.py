"""Queues that are spread over eight objects, paged by markers with openstacksdk and by links with python-zaqarclient.

ChangingTest runs against SUKKAL_URL while that service is killed and restarted, and its queue QUEUE of PROJECT is spread and brought
back: from its first message on, until the queue CALM exists. IdleTest runs against a service whose process SUKKAL_PID nobody else uses.
Both trust X-Project-ID, and have SPREAD_ALWAYS and the default limits.
"""

import collections
import itertools
import os
import random
import threading
import time
import unittest
import uuid

from keystoneauth1 import exceptions as keystone_exceptions
from openstack import exceptions as sdk_exceptions
import requests
from zaqarclient.queues import client
from zaqarclient.transport import errors

import trusted

URL = os.environ['SUKKAL_URL']

#: A request failed because the service was killed. Whether it was performed is unknown.
FAILED = (
    requests.exceptions.RequestException, keystone_exceptions.ClientException, sdk_exceptions.SDKException,
    errors.TransportError,
)

Posted = collections.namedtuple('Posted', 'id began ended')


class Caller:
    """One user of a queue, with both clients. Requests that fail are repeated until there is an answer."""

    def __init__(self, project, queue):
        _, cloud = trusted.connected(project)
        self.sdk = repeated(lambda: cloud.message)
        conf = {'auth_opts': {'backend': 'noauth', 'options': {'os_project_id': project}}}
        self.queue = repeated(lambda: client.Client(URL, 2, conf=conf).queue(queue, auto_create=False))

    def post(self, count):
        """Returns the new ids, or none if the messages may be stored or not."""
        began = time.monotonic()
        try:
            hrefs = self.queue.post([{'body': number, 'ttl': 3600} for number in range(count)])['resources']
        except FAILED:
            return []
        return [Posted(href.rsplit('/', 1)[1], began, time.monotonic()) for href in hrefs]

    def by_markers(self, limit, marker=None):
        """Ids, as the SDK pages: it goes on from the last id until a page is shorter than the limit."""
        while True:
            query = {} if marker is None else {'marker': marker}
            try:
                for message in self.sdk.messages(self.queue.name, limit=limit, echo=True, include_claimed=True, **query):
                    marker = message.id
                    yield marker
                return
            except FAILED:
                time.sleep(0.01)

    def by_links(self, limit):
        """Ids, as python-zaqarclient pages: it follows the links."""
        pages = repeated(lambda: self.queue.messages(limit=limit, echo=True, include_claimed=True)).stream()
        while True:
            message = repeated(lambda: next(pages, None))
            if message is None:
                return
            yield message.id

    def delete(self, ids):
        for page in batches(ids, 20):
            repeated(lambda: self.queue.delete_messages(*page))


def repeated(call):
    while True:
        try:
            return call()
        except FAILED:
            time.sleep(0.01)


def batches(items, size):
    rest = iter(items)
    while page := list(itertools.islice(rest, size)):
        yield page


class PagingTest(unittest.TestCase):

    def assert_each_once(self, expected, seen, what):
        """`expected` were all seen, and nothing was seen twice."""
        counts = collections.Counter(seen)
        missing = [each for each in expected if counts[each] == 0]
        twice = [each for each, count in counts.items() if count > 1]
        if missing or twice:
            self.fail('%s: missing %d of %d, %s; twice %d of %d, %s' % (
                what, len(missing), len(expected), missing[:5], len(twice), len(seen), twice[:5]))


class ChangingTest(PagingTest):

    def setUp(self):
        self.project, self.name = os.environ['PROJECT'], os.environ['QUEUE']
        self.is_over = threading.Event()
        #: Messages that stay.
        self.posted = []
        self.failures = []

    def caller(self):
        return Caller(self.project, self.name)

    def test_every_message_is_seen_once(self):
        works = [*[self.produce] * 3, self.follow, self.page_by_markers, self.page_by_links]
        threads = [threading.Thread(target=self.note_failure, args=[work], daemon=True) for work in works]
        for thread in threads:
            thread.start()
        self.await_calm()
        for thread in threads:
            thread.join()
        self.assertFalse(self.failures, '\n'.join(self.failures))
        self.check_return()

    def note_failure(self, work):
        try:
            work(self.caller())
        except BaseException as failure:
            self.failures.append(repr(failure))

    def await_calm(self):
        while not self.failures and repeated(lambda: self.get('/v2/queues/%s/figures' % os.environ['CALM'])).status_code == 404:
            time.sleep(0.1)
        self.is_over.set()

    def get(self, path):
        return requests.get(URL + path, headers={'Client-ID': str(uuid.uuid4()), 'X-Project-ID': self.project})

    def produce(self, caller):
        while not self.is_over.is_set():
            posted = caller.post(random.randint(1, 10))
            # Those that go are deleted while lists of them are made.
            goes = random.random() < 0.3
            if goes:
                caller.delete([each.id for each in posted])
            else:
                self.posted.extend(posted)
            time.sleep(random.uniform(0, 0.1))

    def follow(self, caller):
        """Goes on from the id of a post's answer, and sees what is posted after its first list."""
        while not (ids := [each.id for each in caller.post(1)]):
            time.sleep(0.01)
        [marker] = ids
        seen, after = [], None
        while True:
            is_last, began = self.is_over.is_set(), time.monotonic()
            for each in caller.by_markers(random.randint(10, 20), marker):
                after = after or time.monotonic()
                marker = each
                seen.append(each)
            after = after or time.monotonic()
            if is_last:
                break
            time.sleep(0.05)
        self.marker = marker
        expected = [each.id for each in self.posted if after < each.began and each.ended < began]
        self.assert_each_once(expected, seen, 'followed from the answer of a post')
        self.assertNotIn(ids[0], seen)

    def page_by_markers(self, caller):
        self.pass_repeatedly(lambda limit: caller.by_markers(limit))

    def page_by_links(self, caller):
        self.pass_repeatedly(lambda limit: caller.by_links(limit))

    def pass_repeatedly(self, pages):
        while not self.is_over.is_set():
            expected = [each.id for each in self.posted]
            limit = random.randint(10, 20)
            self.assert_each_once(expected, list(pages(limit)), 'a pass with limit %d' % limit)

    def check_return(self):
        """The queue is on one object again once its shards are empty. Markers of before lead on, there and when it is spread anew."""
        caller = self.caller()
        caller.delete(caller.by_markers(20))
        repeated(lambda: caller.queue.metadata(new_meta={'_order': 'fifo'}))
        self.await_phase(None)
        for metadata, phase in (({'_order': 'fifo'}, None), ({}, 'spread')):
            repeated(lambda: caller.queue.metadata(new_meta=metadata))
            later = [each.id for _ in range(8) for each in self.caller().post(4)]
            self.await_phase(phase)
            self.assert_each_once(later, list(caller.by_markers(7, self.marker)), 'followed to phase %s' % phase)
            self.assert_each_once(later, list(caller.by_links(7)), 'a pass in phase %s' % phase)
            caller.delete(later)

    def await_phase(self, phase):
        for _ in range(200):
            figures = self.get('/v2/queues/%s/figures' % self.name).json()
            if figures.get('spread', {}).get('phase') == phase:
                return
            time.sleep(0.1)
        self.fail('the queue is still %s' % figures.get('spread'))


@unittest.skipUnless(os.path.isdir('/proc/self/fd'), 'only Linux tells which files a process has open')
class IdleTest(PagingTest):

    def test_passes_go_on_after_all_objects_have_been_evicted(self):
        project = 'project-' + uuid.uuid4().hex
        callers = [Caller(project, 'jobs') for _ in range(8)]
        posted = [each.id for each in itertools.chain(*[caller.post(8) for caller in callers])]
        passes = [callers[0].by_markers(7), callers[1].by_links(7)]
        seen = [list(itertools.islice(pages, 10)) for pages in passes]
        followed = [posted[-1], *callers[2].by_markers(20, posted[-1])]
        self.await_eviction()
        for ids, pages in zip(seen, passes):
            self.assert_each_once(posted, ids + list(pages), 'a pass')
        later = [each.id for each in itertools.chain(*[caller.post(3) for caller in callers])]
        self.assert_each_once(later, list(callers[2].by_markers(5, followed[-1])), 'followed')

    def await_eviction(self):
        """An evicted object has closed its database. The runtime evicts those that have been idle for 10 s."""
        self.assertGreaterEqual(open_shards(), 7)
        for _ in range(300):
            if open_shards() == 0:
                return
            time.sleep(0.1)
        self.fail('%d shards are still in memory' % open_shards())


def open_shards():
    folder = '/proc/%s/fd' % os.environ['SUKKAL_PID']
    files = [os.path.realpath(os.path.join(folder, each)) for each in os.listdir(folder)]
    return sum('/sukkal-shard/' in each and each.endswith('.sqlite') and 'metadata' not in each for each in files)


if __name__ == '__main__':
    unittest.main()
