"""The Heat template of the examples, as Heat's own engine runs it: validated, created, updated and deleted.

Heat's parser, scheduler and plug-ins of OS::Zaqar are Debian's python3-heat, and so is the client that they call. Stacks are in a
database in memory. There is no Keystone: a catalogue of one address stands in for it, SUKKAL_URL, and the key SUKKAL_KEY for the token.
"""

import json
import os
import unittest
import urllib.request
import uuid

from heat.common import context, exception, messaging, template_format
from heat.db.sqlalchemy import api as database
from heat.db.sqlalchemy import models
from heat.engine import environment, resources, scheduler, stack, template
from keystoneauth1 import token_endpoint
from oslo_config import cfg

TEMPLATE = os.path.join(os.path.dirname(__file__), '..', '..', 'examples', 'heat', 'stack.yaml')


def setUpModule():
    cfg.CONF([], project='heat', default_config_files=[])
    cfg.CONF.set_override('connection', 'sqlite://', group='database')
    # Trusts would need a Keystone.
    cfg.CONF.set_override('deferred_auth_method', 'password')
    # A second after each step of a stack, in which other stacks would have their turn.
    scheduler.ENABLE_SLEEP = False
    messaging.setup('fake://', optional=True)
    models.BASE.metadata.create_all(database.get_engine())
    resources.initialise()


class StackTest(unittest.TestCase):

    def stack(self, **parameters):
        with open(TEMPLATE) as file:
            parsed = template.Template(template_format.parse(file.read()), env=environment.Environment(parameters))
        requester = context.RequestContext(project_id='demo', username='user', roles=[], is_admin=False)
        requester._auth_plugin = token_endpoint.Token(os.environ['SUKKAL_URL'], os.environ['SUKKAL_KEY'])
        made = stack.Stack(requester, 'example', parsed, convergence=False)
        made.validate()
        return made

    def get(self, path):
        return ask(path, {'X-Auth-Token': os.environ['SUKKAL_KEY']})

    def queues(self):
        return [queue['name'] for queue in self.get('/v2/queues')['queues']]

    def subscribers(self):
        return [each['subscriber'] for each in self.get('/v2/queues/jobs/subscriptions')['subscriptions']]

    def test_create_update_delete(self):
        made = self.stack(webhook='https://shop.example/in')
        made.store()
        made.create()
        self.assertEqual(made.state, ('CREATE', 'COMPLETE'), made.status_reason)
        self.assertEqual(self.queues(), ['jobs'])
        metadata = self.get('/v2/queues/jobs')
        self.assertEqual((metadata['_default_message_ttl'], metadata['owner']), (86400, 'example'))
        self.assertEqual(self.subscribers(), ['https://shop.example/in'])
        made._update_all_resource_data(for_resources=False, for_outputs=True)
        outputs = {name: output.get_value() for name, output in made.outputs.items()}
        self.assertEqual((outputs['queue'], bool(outputs['subscription'])), ('jobs', True))
        # As a program without a credential.
        ask('/v2/queues/jobs/messages', outputs['signature'], {'messages': [{'body': 'signed'}]})

        made.update(self.stack(webhook='https://shop.example/other'))
        self.assertEqual(made.state, ('UPDATE', 'COMPLETE'), made.status_reason)
        self.assertEqual(self.subscribers(), ['https://shop.example/other'])
        self.assertEqual(self.get('/v2/queues/jobs/stats')['messages']['total'], 1, 'an update keeps the messages')

        made.delete()
        self.assertEqual(made.state, ('DELETE', 'COMPLETE'), made.status_reason)
        self.assertEqual(self.queues(), [])

    def test_wrong_parameters_are_refused_before_anything_is_created(self):
        for parameters in ({}, {'webhook': 'shop.example'}, {'webhook': 'https://shop.example', 'name': 'a b'}):
            with self.assertRaises((exception.StackValidationFailed, exception.UserParameterMissing)):
                self.stack(**parameters)


def ask(path, headers, document=None):
    body = None if document is None else json.dumps(document).encode()
    headers = {'Client-ID': str(uuid.uuid4()), 'Content-Type': 'application/json', **headers}
    with urllib.request.urlopen(urllib.request.Request(os.environ['SUKKAL_URL'] + path, body, headers)) as answer:
        return json.load(answer)


if __name__ == "__main__":
    unittest.main()
