"""The root logger, set up as on Lambda: a function that calls logging.basicConfig changes nothing."""

import logging
import sys
import time

_request_id = ""


def working_on(request_id):
    """Has what is logged from now on belong to that event."""
    global _request_id
    _request_id = request_id


class _Handler(logging.Handler):
    def emit(self, record):
        sys.stdout.write(self.format(record))


def _name_request(record):
    record.aws_request_id = _request_id
    record.tenant_id = None
    return True


def set_up():
    logging.Formatter.converter = time.gmtime
    handler = _Handler()
    handler.setFormatter(logging.Formatter(
        "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n",
        "%Y-%m-%dT%H:%M:%S",
    ))
    handler.addFilter(_name_request)
    logging.getLogger().addHandler(handler)
