// What handlers of Lambda's runtimes before Node.js 24 may do, by the event's do.
const fs = require('node:fs')
const http = require('node:http')

const kept = []

const acts = {
  callback: (event, context, callback) => callback(null, { via: 'callback' }),
  callbackLater: (event, context, callback) => {
    let late = false
    setTimeout(() => { late = true }, 30)
    callback(null, { get late () { return late } }) // read when the event loop is empty
  },
  callbackNow: (event, context, callback) => {
    context.callbackWaitsForEmptyEventLoop = false
    setInterval(() => {}, 1000) // would hold it for ever
    callback(null, { via: 'callback' })
  },
  keptSocket: (event, context, callback) => {
    const agent = new http.Agent({ keepAlive: true })
    http.get(`http://${process.env.AWS_LAMBDA_RUNTIME_API}/`, { agent }, response => {
      response.resume().on('end', () => callback(null, response.statusCode))
    })
  },
  callbackError: (event, context, callback) => callback(new RangeError('too far')),
  callbackText: (event, context, callback) => callback('just text'),
  promise: () => Promise.resolve({ via: 'promise' }),
  rejected: () => Promise.reject(new RangeError('too far')),
  thrown: () => { throw new RangeError('too far') },
  done: (event, context) => context.done(null, { via: 'done' }),
  succeed: (event, context) => setTimeout(() => context.succeed({ via: 'succeed' }), 5),
  fail: (event, context) => context.fail(new RangeError('too far')),
  failEmpty: (event, context) => context.fail(),
  nothing: () => {},
  cyclic: async () => { const a = {}; a.a = a; return a },
  context: async (event, context) => {
    kept.push(context.awsRequestId)
    const remaining = context.getRemainingTimeInMillis()
    return {
      ...context, left: remaining > 50_000 && remaining <= 60_000, trace: process.env._X_AMZN_TRACE_ID,
      environment: process.env.AWS_EXECUTION_ENV, names: Object.keys(context).sort(), before: kept.length - 1,
    }
  },
  log: async () => {
    console.log('one %s', 'two', { three: 3 })
    console.warn('careful')
    console.error(new Error('with\nlines'))
    console.debug('details')
  },
  flood: async () => { for (let n = 0; n < 1024; n++) process.stdout.write('x'.repeat(1023) + '\n') },
  end: async () => { process.stdout.end('bye\n') },
  floods: async () => {
    for (let n = 0; n < 2000; n++) {
      console.log('x'.repeat(100))
      fs.writeSync(1, 'written\n')
    }
  },
  uncaught: (event, context) => { setTimeout(() => { throw new RangeError('too late') }, 5); return new Promise(() => {}) },
  unhandled: (event, context) => { Promise.reject(new RangeError('nobody looks')); return new Promise(() => {}) },
  exit: () => process.exit(7),
}

exports.handler = (event, context, callback) => acts[event.do](event, context, callback)

exports.neverSettles = async () => new Promise(() => {})
