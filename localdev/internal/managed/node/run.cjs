// One event of a handler that answers at once. handle resolves when the next event may come; if it
// never does, and nothing is left to wait for, dry is called.
'use strict'

const { JSONStringifyError, NodeJsExit } = require('./errors.cjs')
const log = require('./log.cjs')

// BufferedRun is a handler of Lambda's runtimes from Node.js 24 on: what it returns or throws counts.
class BufferedRun {
  constructor (api, id) {
    Object.assign(this, { api, id })
  }

  async handle (handler, event, context) {
    let result
    try {
      result = await handler(event, context)
    } catch (error) {
      return this.failed(error)
    }
    return this.succeed(result)
  }

  succeed (result) {
    let body
    try {
      body = JSON.stringify(result === undefined ? null : result)
    } catch {
      return this.failed(new JSONStringifyError())
    }
    return this.api.succeed(this.id, body)
  }

  failed (error) {
    log.failure('Invoke Error', error)
    return this.fail(error)
  }

  fail (error) {
    return this.api.fail(this.id, error)
  }

  dry () {} // then the process ends, which Lambda reports
}

// CallbackRun is a handler of the runtimes before that: it may call back, use the context's done,
// succeed and fail, or return a promise. The first of these counts.
class CallbackRun extends BufferedRun {
  #answered = false
  #waits = true // context.callbackWaitsForEmptyEventLoop
  #whenDry // what to answer when nothing is left to wait for

  handle (handler, event, context) {
    return new Promise((resolve, reject) => {
      this.#answer = (error, result) => {
        this.#answered = true
        this.#whenDry = undefined
        const sent = isError(error) ? this.failed(error) : this.succeed(result)
        sent.then(resolve, reject)
      }
      this.#start(handler, event, this.#extend(context))
    })
  }

  #answer

  #start (handler, event, context) {
    const callback = (error, result) => {
      if (this.#answered || this.#whenDry) return
      if (this.#waits && !isError(error)) {
        this.#whenDry = () => this.#answer(null, result)
      } else {
        this.#answer(error, result)
      }
    }
    try {
      const result = handler(event, context, callback)
      if (typeof result?.then === 'function') {
        result.then(context.succeed, context.fail)
      }
    } catch (error) {
      callback(error)
    }
  }

  #extend (context) {
    const run = this
    const done = (error, result) => {
      if (!this.#answered) this.#answer(error, result)
    }
    return Object.assign({
      get callbackWaitsForEmptyEventLoop () { return run.#waits },
      set callbackWaitsForEmptyEventLoop (value) { run.#waits = value },
      done,
      succeed: result => done(null, result),
      fail: error => done(error ?? 'handled', null),
    }, context)
  }

  dry (handler) {
    if (this.#answered) return
    if (this.#whenDry) {
      this.#whenDry()
    } else if (handler.constructor?.name === 'AsyncFunction') {
      this.#answer(new NodeJsExit())
    } else {
      this.#answer(null, null)
    }
  }
}

function isError (error) {
  return error !== undefined && error !== null
}

module.exports = { BufferedRun, CallbackRun }
