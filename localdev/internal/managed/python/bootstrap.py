"""Runs a function as Lambda's Python runtime does."""

import os
import sys

from localdev_runtime import failure, log, loop

if __name__ == "__main__":
    # From here on, names mean what they mean on Lambda: the function's own modules come first.
    sys.path[0] = os.environ["LAMBDA_TASK_ROOT"]
    log.set_up()
    try:
        handler = loop.load(os.environ.get("_HANDLER", ""))
    except Exception as error:
        loop.fail_init(failure.of(error))
        sys.exit(1)
    loop.run(handler)
