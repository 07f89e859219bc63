// The context that a handler gets beside its event.
'use strict'

// contextOf reads the headers of an event.
function contextOf (headers) {
  const deadline = Number(headers['lambda-runtime-deadline-ms'])
  const trace = headers['lambda-runtime-trace-id']
  if (trace) {
    process.env._X_AMZN_TRACE_ID = trace
  } else {
    delete process.env._X_AMZN_TRACE_ID
  }
  return {
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: parsed(headers['lambda-runtime-client-context']),
    identity: parsed(headers['lambda-runtime-cognito-identity']),
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    getRemainingTimeInMillis: () => deadline - Date.now(),
  }
}

function parsed (header) {
  return header ? JSON.parse(header) : undefined
}

module.exports = { contextOf }
