// Errors of the runtime itself, by AWS's names, and how any error is told to the Runtime API.
'use strict'

function named (name, message = cause => String(cause)) {
  return class extends Error {
    constructor (cause) {
      super(message(cause))
      this.name = `Runtime.${name}`
    }
  }
}

class UserCodeSyntaxError extends named('UserCodeSyntaxError') {
  #place

  constructor (error, place) {
    super(error)
    this.stack = error.stack
    this.#place = place
  }

  get place () { return this.#place } // not among what is logged, as on Lambda
}

class UnhandledPromiseRejection extends named('UnhandledPromiseRejection') {
  constructor (reason, promise) {
    super(reason)
    Object.assign(this, { reason, promise })
  }
}

const HandlerNotFound = named('HandlerNotFound')
const ImportModuleError = named('ImportModuleError')
const MalformedHandlerName = named('MalformedHandlerName')
const MalformedStreamingHandler = named('MalformedStreamingHandler')
const InvalidStreamingOperation = named('InvalidStreamingOperation')
const JSONStringifyError = named('JSONStringifyError', () => 'Unable to stringify response body')
const NodeJsExit = named('NodeJsExit', () =>
  'The Lambda runtime client detected an unexpected Node.js exit code. ' +
  'This is most commonly caused by a Promise that was never settled. ' +
  'For more information, see https://nodejs.org/docs/latest/api/process.html#exit-codes')
const CallbackHandlerDeprecated = named('CallbackHandlerDeprecated', () =>
  'ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. ' +
  'You need to modify this function to use a supported handler signature to use Node.js 24 or later. ' +
  'For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.')

// payloadOf returns what the Runtime API, and then the function's caller, is told of what was thrown.
function payloadOf (thrown) {
  try {
    if (thrown instanceof Error || isErrorOfAnotherRealm(thrown)) {
      const { name, message, stack } = thrown
      return { errorType: String(name), errorMessage: String(message), trace: String(stack).split('\n') }
    }
    return { errorType: typeof thrown, errorMessage: String(thrown), trace: [] }
  } catch {
    return {
      errorType: 'handled', errorMessage: 'callback called with Error argument, but there was a problem while ' +
        'retrieving one or more of its message, name, and stack',
    }
  }
}

function isErrorOfAnotherRealm (thrown) {
  return Object.prototype.toString.call(thrown) === '[object Error]'
}

module.exports = {
  CallbackHandlerDeprecated, HandlerNotFound, ImportModuleError, InvalidStreamingOperation, JSONStringifyError,
  MalformedHandlerName, MalformedStreamingHandler, NodeJsExit, UnhandledPromiseRejection, UserCodeSyntaxError, payloadOf,
}
