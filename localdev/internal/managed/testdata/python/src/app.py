import helper


def handler(event, context):
    return helper.greeting + " from " + __name__
