"""Errors in the form that Lambda reports and logs them."""

import json
import os
import traceback

from . import log

_HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Fault(Exception):
    """An error that the runtime finds, and that has a type and a trace of its own."""

    def __init__(self, kind, message, trace=()):
        super().__init__(message)
        self.kind = kind
        self.trace = list(trace)


class Failure:
    def __init__(self, kind, message, trace):
        self.kind, self.message, self.trace = kind, message, trace

    def told(self, request_id):
        return {
            "errorMessage": self.message, "errorType": self.kind, "requestId": request_id,
            "stackTrace": self.trace,
        }

    def as_sent(self, request_id):
        """Returns the body and the headers of a request to the Runtime API."""
        body = json.dumps(self.told(request_id))
        headers = {
            "Content-Type": "application/json", "Lambda-Runtime-Function-Error-Type": self.kind,
        }
        return body.encode(), headers

    def as_logged(self, request_id):
        if log.AS_JSON:
            line = {"timestamp": log.now(), "level": "ERROR", **self.told(request_id)}
            return json.dumps(line, ensure_ascii=False)
        first = f"[ERROR] {self.kind}: {self.message}" if self.message else f"[ERROR] {self.kind}"
        lines = [first, "Traceback (most recent call last):"]
        for entry in self.trace:
            lines += entry.splitlines()
        return "\n".join(lines)


def of(error):
    """Returns the Failure that an exception is."""
    if isinstance(error, Fault):
        return Failure(error.kind, str(error), error.trace)
    frames = traceback.extract_tb(error.__traceback__)
    while frames and frames[0].filename.startswith(_HERE):
        del frames[0]
    return Failure(type(error).__name__, str(error), traceback.format_list(frames))
