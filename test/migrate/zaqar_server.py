"""Debian's zaqar-server. Its package lacks the scripts of the Redis storage, so it gets those of the folder redis-scripts."""

import pathlib
import sys

from zaqar.cmd import server
from zaqar.storage.redis import scripting

SCRIPTS = pathlib.Path(__file__).parent / "redis-scripts"


def read_script(name):
    return (SCRIPTS / f"{name}.lua").read_text()


scripting._read_script = read_script
sys.exit(server.run())
