"""Loads the handler, and gives it one event after the other."""

import importlib
import json
import os
import sys

from . import answer, failure, hint, log
from .api import RuntimeAPI
from .context import LambdaContext
from .failure import Fault

_api = RuntimeAPI()


def load(name):
    """Returns the function that _HANDLER names, such as app.handler or src/app.handler."""
    module_name, dot, function_name = name.rpartition(".")
    if not dot:
        raise Fault(
            "Runtime.MalformedHandlerName",
            f"Bad handler '{name}': not enough values to unpack (expected 2, got 1)",
        )
    if module_name.partition(".")[0] in sys.builtin_module_names:
        raise Fault(
            "Runtime.BuiltInModuleConflict",
            f"Cannot use built-in module {module_name} as a handler module",
        )
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        what_to_do = isinstance(error, ModuleNotFoundError) and error.name and hint.for_missing(
            error.name, module_name.replace("/", ".")
        )
        if what_to_do:
            print("localdev:", what_to_do)
        raise Fault(
            "Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}"
        ) from None
    except SyntaxError as error:
        raise Fault(
            "Runtime.UserCodeSyntaxError", f"Syntax error in module '{module_name}': {error}",
            [f'  File "{error.filename}" Line {error.lineno}\n    {error.text}'],
        ) from None
    try:
        return getattr(module, function_name)
    except AttributeError:
        raise Fault(
            "Runtime.HandlerNotFound",
            f"Handler '{function_name}' missing on module '{module_name}'",
        ) from None


def _decode(event):
    try:
        return json.loads(event)
    except ValueError as error:
        raise Fault("Runtime.UnmarshalError", f"Unable to unmarshal input: {error}") from None


def fail_init(failed):
    print(failed.as_logged(""))
    _api.fail_init(failed)


def run(handler):
    """Never returns: the process ends with localdev, or when the function ends it."""
    while True:
        headers, event = _api.next()
        request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        log.working_on(request_id)
        os.environ["_X_AMZN_TRACE_ID"] = headers["Lambda-Runtime-Trace-Id"] or ""
        try:
            body, content_type = answer.encode(handler(_decode(event), LambdaContext(headers)))
        except Exception as error:
            failed = failure.of(error)
            print(failed.as_logged(request_id))
            _api.fail(request_id, failed)
            continue
        status = _api.answer(request_id, body, content_type)
        if status != 202:
            print(
                "LAMBDA_RUNTIME Failed to post handler success response."
                f" Http response code: {status}."
            )
