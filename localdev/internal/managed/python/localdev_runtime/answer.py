"""What a handler returns, as JSON."""

import decimal
import json
import math
import os
import re
import types

from .failure import Fault

# From Python 3.12 on, Lambda sends characters outside of ASCII as they are.
_version = re.fullmatch(r"AWS_Lambda_python3\.(\d+)", os.environ.get("AWS_EXECUTION_ENV", ""))
_ascii = _version is not None and int(_version[1]) < 12


def _number(value):
    """Writes the numbers that boto3 reads from DynamoDB as numbers, as Lambda does."""
    if not isinstance(value, decimal.Decimal):
        raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")
    if value.is_nan():
        return math.nan
    if value.is_finite() and value.as_tuple().exponent >= 0:
        return int(value)
    return float(value)


def encode(value):
    """Returns the bytes of an answer, and their type."""
    if isinstance(value, bytes):
        return value, "application/unknown"
    try:
        text = json.dumps(value, default=_number, ensure_ascii=_ascii)
        return text.encode("utf-8", "surrogatepass"), "application/json"
    except Exception as error:
        if isinstance(value, types.CoroutineType):
            value.close()
            print("localdev: nobody awaits an async handler on Lambda: let it call asyncio.run")
        raise Fault("Runtime.MarshalError", f"Unable to marshal response: {error}") from None
