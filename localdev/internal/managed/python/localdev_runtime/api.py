"""Lambda's Runtime API, version 2018-06-01, over one connection."""

import http.client
import os


class RuntimeAPI:
    def __init__(self):
        self._connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])

    def next(self):
        """Waits for an event, and returns its headers and its bytes."""
        response, body = self._call("GET", "invocation/next")
        if response.status != 200:
            raise SystemExit(f"localdev gives no event: {response.status} {body.decode()}")
        return response.headers, body

    def answer(self, request_id, body, content_type):
        response, _ = self._call(
            "POST", f"invocation/{request_id}/response", body, {"Content-Type": content_type}
        )
        return response.status

    def fail(self, request_id, failure):
        self._call("POST", f"invocation/{request_id}/error", *failure.as_sent(request_id))

    def fail_init(self, failure):
        self._call("POST", "init/error", *failure.as_sent(""))

    def _call(self, method, path, body=None, headers=None):
        try:
            self._connection.request(method, "/2018-06-01/runtime/" + path, body, headers or {})
        except (BrokenPipeError, ConnectionResetError):
            pass  # an answer that is too large is refused before all of it was sent
        response = self._connection.getresponse()
        return response, response.read()
