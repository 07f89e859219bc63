"""The root logger, set up as on Lambda: logging.basicConfig of a function changes nothing."""

import json
import logging
import os
import sys
import time
import traceback

AS_JSON = os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"

_request_id = ""


def working_on(request_id):
    """Has what is logged from now on belong to that event."""
    global _request_id
    _request_id = request_id


def now():
    return _written(time.time())


def _written(seconds):
    at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return f"{at}.{int(seconds % 1 * 1000):03d}Z"


class _Handler(logging.Handler):
    def emit(self, record):
        # Each record is an event of its own on Lambda. A traceback brings no newline along.
        text = self.format(record)
        sys.stdout.write(text if text.endswith("\n") else text + "\n")


def _name_request(record):
    record.aws_request_id = _request_id
    record.tenant_id = None
    return True


class _JSONFormatter(logging.Formatter):
    # What a record has of its own; all else comes from the caller's extra.
    own = {*vars(logging.makeLogRecord({})), "aws_request_id", "tenant_id", "message"}

    def format(self, record):
        line = {
            "timestamp": _written(record.created), "level": record.levelname,
            "message": record.getMessage(), "logger": record.name,
        }
        if record.exc_info:
            kind, error, trace = record.exc_info
            line["stackTrace"] = traceback.format_tb(trace)
            line["errorType"] = kind.__name__
            line["errorMessage"] = str(error)
            line["location"] = f"{record.pathname}:{record.funcName}:{record.lineno}"
        line["requestId"] = record.aws_request_id
        for name, value in vars(record).items():
            if name not in self.own and value is not None:
                line.setdefault(name, value)
        return json.dumps(line, ensure_ascii=False) + "\n"


def set_up():
    logging.Formatter.converter = time.gmtime
    handler = _Handler()
    handler.setFormatter(_JSONFormatter() if AS_JSON else logging.Formatter(
        "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n",
        "%Y-%m-%dT%H:%M:%S",
    ))
    handler.addFilter(_name_request)
    logging.getLogger().addHandler(handler)
    level = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper()
    if level in ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"):
        logging.getLogger().setLevel("DEBUG" if level == "TRACE" else level)
