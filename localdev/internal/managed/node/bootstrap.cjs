// Runs a function as Lambda's Node.js runtime does: loads the handler that _HANDLER names, then
// asks the Runtime API for one event after the other.
'use strict'

const { RuntimeAPI } = require('./api.cjs')
const { BufferedRun, CallbackRun } = require('./run.cjs')
const { StreamingRun, isStreaming, offerStreaming } = require('./stream.cjs')
const { CallbackHandlerDeprecated, UnhandledPromiseRejection } = require('./errors.cjs')
const { contextOf } = require('./context.cjs')
const { loadHandler } = require('./handler.cjs')
const log = require('./log.cjs')
const packages = require('./packages.cjs')
const { callbacks } = require('./runtime.cjs')

const api = new RuntimeAPI(process.env.AWS_LAMBDA_RUNTIME_API)

// what happens when an error reaches the top, or the event loop runs dry
const ends = {
  uncaught: (error, status) => api.failInit(error).finally(() => process.exit(status)),
  dry: () => console.error(`The module of ${process.env._HANDLER} awaits at its top level what never settles: Node.js ends.`),
}

function catchAll () {
  process.on('uncaughtException', error => {
    log.failure('Uncaught Exception', error)
    ends.uncaught(error, 129)
  })
  process.on('unhandledRejection', (reason, promise) => {
    const error = new UnhandledPromiseRejection(reason, promise)
    log.failure('Unhandled Promise Rejection', error)
    ends.uncaught(error, 128)
  })
}

async function load () {
  const handler = await loadHandler(process.env.LAMBDA_TASK_ROOT, process.env._HANDLER)
  if (!callbacks && handler.length >= 3 && !isStreaming(handler)) {
    throw new CallbackHandlerDeprecated()
  }
  return handler
}

async function serve (handler) {
  const Run = isStreaming(handler) ? StreamingRun : callbacks ? CallbackRun : BufferedRun
  for (;;) {
    const { event, headers } = await api.next()
    const context = contextOf(headers)
    log.working(context)
    const run = new Run(api, context.awsRequestId)
    ends.uncaught = (error, status) => run.fail(error).finally(() => process.exit(status))
    ends.dry = () => run.dry(handler)
    await run.handle(handler, JSON.parse(event), context)
  }
}

async function main () {
  log.patchConsole()
  offerStreaming()
  packages.offer()
  if (callbacks) catchAll()
  process.on('beforeExit', () => {
    const dry = ends.dry
    ends.dry = () => {}
    dry()
  })
  let handler
  try {
    handler = await load()
  } catch (error) {
    log.failure(callbacks ? 'Uncaught Exception' : 'Init Error', error)
    await api.failInit(error)
    process.exit(callbacks ? 129 : 1)
  }
  await serve(handler)
}

main()
