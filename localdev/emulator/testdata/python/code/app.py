"""Posts to its client by the addresses that functions make of their variables, with whatever is there to post by."""

import os
import urllib.parse
import urllib.request

try:
    import boto3
except ImportError:
    boto3 = None


def handler(event, context):
    connection = event["requestContext"]["connectionId"]
    for name, url in {
        "ENDPOINT": os.environ["ENDPOINT"].replace("wss://", "https://"),
        "SOCKET": os.environ["SOCKET"].replace("wss", "https"),
        "HOST": "https://" + os.environ["HOST"],
    }.items():
        if boto3:
            client = boto3.client("apigatewaymanagementapi", endpoint_url=url)
            client.post_to_connection(ConnectionId=connection, Data=name)
            continue
        path = "/@connections/" + urllib.parse.quote(connection)
        urllib.request.urlopen(urllib.request.Request(url + path, name.encode())).close()
    return {"statusCode": 200}
