"""Prints a SAM template as CloudFormation sees it after the transform: transform.py TEMPLATE PARAMETERS-AS-JSON."""

import json
import sys

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse


class NoManagedPolicies:
    def load(self):
        return {}


with open(sys.argv[1], encoding="utf-8") as f:
    template = yaml_parse(f)
for name, resource in template["Resources"].items():
    if resource["Type"] == "AWS::Serverless::Function":
        resource["Properties"]["CodeUri"] = "s3://assets/" + name  # sam deploy uploads the folder
print(json.dumps(transform(template, json.loads(sys.argv[2]), NoManagedPolicies())))
