// What a function writes to its console gets the time, the request and the level in front, as on
// Lambda; or is JSON, where AWS_LAMBDA_LOG_FORMAT says so.
'use strict'

const fs = require('node:fs')
const { format } = require('node:util')
const { callbacks } = require('./runtime.cjs')

const levels = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL']
const methods = { trace: 'TRACE', debug: 'DEBUG', log: 'INFO', info: 'INFO', warn: 'WARN', error: 'ERROR', fatal: 'FATAL' }

const json = process.env.AWS_LAMBDA_LOG_FORMAT?.toUpperCase() === 'JSON'
const least = Math.max(0, levels.indexOf(process.env.AWS_LAMBDA_LOG_LEVEL?.toUpperCase()))

// What is printed is through before the answer, and before the process ends: without this Node.js keeps back what a pipe
// has no room for.
for (const stream of [process.stdout, process.stderr]) stream._handle?.setBlocking?.(true)

// before the first event there is no request
let request = callbacks ? 'undefined' : '-'

function working (context) {
  request = context.awsRequestId
}

function write (level, message, ...more) {
  const time = new Date().toISOString()
  const line = json ? jsonLine(time, level, message, more) : [time, request, level, format(message, ...more)].join('\t')
  if (process.stdout.writable) {
    process.stdout.write(line + '\n')
  } else { // the function has ended it, and an error of its own would be written next, for ever
    fs.writeSync(1, line + '\n')
  }
}

function jsonLine (timestamp, level, message, more) {
  const line = { timestamp, level, requestId: request }
  if (more.length === 0) {
    try {
      return JSON.stringify({ ...line, message }, (_, value) => value instanceof Error ? described(value) : value)
    } catch { // it refers to itself
      return JSON.stringify({ ...line, message: format(message) })
    }
  }
  const error = more.find(value => value instanceof Error)
  return JSON.stringify({ ...line, message: format(message, ...more), ...(error && described(error)) })
}

function described (error) {
  return {
    errorType: error.constructor?.name ?? 'UnknownError', errorMessage: error.message,
    stackTrace: typeof error.stack === 'string' ? error.stack.split('\n') : error.stack,
  }
}

function patchConsole () {
  for (const [method, level] of Object.entries(methods)) {
    console[method] = levels.indexOf(level) < least ? () => {} : (...words) => write(level, ...words)
  }
}

// failure writes what ended an event or the start.
function failure (what, thrown) {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  if (json) {
    console.error(error)
    return
  }
  console.error(what, '\t' + safely(() => JSON.stringify({
    errorType: error.name, errorMessage: error.message, code: error.code, ...error, stack: String(error.stack).split('\n'),
  }), () => JSON.stringify(described(error))))
}

function safely (first, otherwise) {
  try {
    return first()
  } catch {
    return otherwise()
  }
}

module.exports = { failure, patchConsole, working }
