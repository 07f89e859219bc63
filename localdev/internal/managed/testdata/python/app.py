"""Does what the event's "do" says."""

import decimal
import logging
import os
import sys

# As many functions have it: on Lambda it changes nothing, as the root logger has a handler.
logging.basicConfig(level=logging.INFO, format="basic %(message)s")
logging.getLogger().setLevel("INFO")


def fails():
    raise ValueError("as asked")


async def later():
    return 1


def logs():
    print("printed", end=" ")
    print("in pieces")
    logging.getLogger("chat").info("two\nlines")
    logging.info("Grüße", extra={"room": "blue"})
    try:
        fails()
    except ValueError:
        logging.exception("caught")
    print("printed after it")


def handler(event, context):
    what = event["do"]
    if what == "event":
        return event
    if what == "context":
        return {
            name: getattr(context, name)
            for name in (
                "aws_request_id", "log_group_name", "log_stream_name", "function_name",
                "memory_limit_in_mb", "function_version", "invoked_function_arn",
            )
        } | {
            "remaining": context.get_remaining_time_in_millis(),
            "client": context.client_context and [
                context.client_context.custom, context.client_context.client.app_title,
                context.client_context.client.installation_id,
            ],
            "identity": context.identity.cognito_identity_id,
        }
    if what == "environment":
        return dict(os.environ)
    if what == "path":
        return sys.path
    return {
        "fail": fails, "log": logs, "context.log": lambda: context.log("by context\n"),
        "async": later, "set": lambda: {1, 2}, "bytes": lambda: b"raw", "nothing": lambda: None,
        "numbers": lambda: [decimal.Decimal("5"), decimal.Decimal("1.5"), 1e3],
        "text": lambda: "Grüße", "exit": lambda: sys.exit(3), "exit 0": lambda: sys.exit(0),
        "long": lambda: "x" * (7 << 20),
    }[what]()
