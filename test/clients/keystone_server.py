"""Serves Keystone on a port of the loopback: keystone_server.py PORT, with OS_KEYSTONE_CONFIG_FILES in the environment.

Keystone's own keystone-wsgi-public serves one request at a time, so a client with an open connection would block all
others.
"""

import socketserver
import sys
from wsgiref import simple_server

from keystone.server import wsgi


class Server(socketserver.ThreadingMixIn, simple_server.WSGIServer):
    daemon_threads = True
    request_queue_size = 64


# Keystone reads the command line too and refuses what it does not know.
port = int(sys.argv.pop())
simple_server.make_server('127.0.0.1', port, wsgi.initialize_public_application(), Server).serve_forever()
