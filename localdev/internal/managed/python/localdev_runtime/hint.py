"""What to do about a module that is not there: here it has other reasons than on Lambda."""

import importlib.util
import os
import sys

# Lambda's runtimes bring these along.
_ON_LAMBDA = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3")


def for_missing(module, handler_module):
    """Returns a line for the log about a module that is not there, if there is more to say."""
    root = os.environ["LAMBDA_TASK_ROOT"]
    name = module.partition(".")[0]
    if handler_module.startswith(module):
        return f"the handler's module is looked for in {root}: see CodeUri and Handler"
    if importlib.util.find_spec(name) is not None:
        return None
    requirements = os.path.join(root, "requirements.txt")
    if os.path.exists(requirements):
        wanted, also = f"-r {requirements}", "; or run sam build first"
    else:
        wanted, also = ("boto3" if name in _ON_LAMBDA else name), ""
    if sys.prefix != sys.base_prefix:
        install = f"{sys.executable} -m pip install {wanted}"
    else:
        install = (
            "python3 -m venv .venv && .venv/bin/python -m pip install " + wanted
            + " in your project's folder, whose .venv localdev takes by itself"
        )
    if name in _ON_LAMBDA:
        has_not = "is part of Lambda's Python, not of"
    else:
        has_not = "is not beside the code, nor in"
    return f"{name} {has_not} {sys.executable}: {install}{also}"
