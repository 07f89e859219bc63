// Handlers that write their answer in pieces: awslambda.streamifyResponse.
'use strict'

const { Writable } = require('node:stream')
const { InvalidStreamingOperation, MalformedStreamingHandler, payloadOf } = require('./errors.cjs')
const log = require('./log.cjs')

const streaming = Symbol.for('aws.lambda.runtime.handler.streaming')

function isStreaming (handler) {
  const mode = handler[streaming]
  if (mode && mode !== 'response') {
    throw new MalformedStreamingHandler('Only response streaming is supported.')
  }
  return Boolean(mode)
}

// offerStreaming makes the global awslambda.
function offerStreaming () {
  if (['1', 'true'].includes(process.env.AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA)) return
  globalThis.awslambda = {
    ...globalThis.awslambda,
    streamifyResponse: handler => Object.assign(handler, { [streaming]: 'response' }),
    HttpResponseStream: class {
      // from has the answer begin with its status and headers.
      static from (stream, metadata) {
        stream.setContentType('application/vnd.awslambda.http-integration-response')
        stream.begin = Buffer.concat([Buffer.from(JSON.stringify(metadata)), Buffer.alloc(8)])
        return stream
      }
    },
  }
}

// ResponseStream is an answer on its way. Its request begins with its first piece.
class ResponseStream extends Writable {
  #open
  #request
  #type = 'application/octet-stream'
  begin // what comes before the first piece

  constructor (open) {
    super()
    this.#open = open
  }

  setContentType (type) {
    if (this.#request) throw new InvalidStreamingOperation('Cannot set content-type, too late.')
    this.#type = type
  }

  write (chunk, ...more) {
    const plain = typeof chunk === 'string' || chunk instanceof Uint8Array
    return super.write(plain ? chunk : JSON.stringify(chunk), ...more)
  }

  _write (chunk, encoding, callback) {
    this.#started().write(chunk, encoding, callback)
  }

  _final (callback) {
    this.#finish(callback)
  }

  // fail ends the answer with an error, whatever was written; it resolves when that was taken.
  fail (error) {
    const payload = payloadOf(error)
    const request = this.#started()
    request.addTrailers({
      'Lambda-Runtime-Function-Error-Type': encodeURI(payload.errorType),
      'Lambda-Runtime-Function-Error-Body': Buffer.from(JSON.stringify(payload)).toString('base64'),
    })
    return new Promise(resolve => this.#finish(resolve))
  }

  #started () {
    if (!this.#request) {
      this.#request = this.#open({
        headers: {
          'Content-Type': this.#type,
          'Lambda-Runtime-Function-Response-Mode': 'streaming',
          Trailer: 'Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body',
          'Transfer-Encoding': 'chunked',
        },
      })
      this.#request.on('error', error => this.destroy(error))
      if (this.begin) this.#request.write(this.begin)
    }
    return this.#request
  }

  #finish (callback) {
    const request = this.#started()
    request.on('error', callback)
    request.on('response', response => response.resume().on('end', () => callback()))
    request.end()
  }
}

// StreamingRun is one event of such a handler.
class StreamingRun {
  #stream
  #dried = new Promise(resolve => { this.dry = resolve })

  constructor (api, id) {
    this.#stream = new ResponseStream(options => api.stream(id, options))
  }

  async handle (handler, event, context) {
    const finished = new Promise((resolve, reject) => this.#stream.on('finish', resolve).on('error', reject))
    try {
      const running = handler(event, this.#stream, context)
      if (typeof running?.then !== 'function') {
        throw new Error('Streaming does not support non-async handlers.')
      }
      if (await Promise.race([running, this.#unfinished()]) !== undefined) {
        console.warn('Streaming handlers ignore return values.')
      }
      await Promise.race([finished, this.#unfinished()])
    } catch (error) {
      finished.catch(() => {})
      log.failure('Invoke Error', error)
      await this.fail(error)
    }
  }

  // unfinished fails when nothing is left to wait for.
  async #unfinished () {
    await this.#dried
    throw new Error('Response stream is not finished.')
  }

  fail (error) {
    return this.#stream.fail(error)
  }
}

module.exports = { StreamingRun, isStreaming, offerStreaming }
