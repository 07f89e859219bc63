// The client of the Runtime API, version 2018-06-01.
'use strict'

const http = require('node:http')
const { UserCodeSyntaxError, payloadOf } = require('./errors.cjs')

// as they are before the function's code can change them
const { Agent, request } = http

const prefix = '/2018-06-01/runtime/'

class RuntimeAPI {
  constructor (address) {
    const { hostname, port } = new URL(`http://${address}`)
    // An idle socket of an agent does not keep the event loop alive.
    this.target = { hostname, port, agent: new Agent({ keepAlive: true, maxSockets: 1 }) }
  }

  // next resolves with the next event's text and its headers.
  async next () {
    const { status, headers, body } = await this.#send('GET', 'invocation/next')
    if (status !== 200) { // this process is to end
      process.exit(0)
    }
    return { event: body, headers }
  }

  succeed (id, body) {
    return this.#send('POST', `invocation/${id}/response`, body)
  }

  fail (id, error) {
    return this.#fail(`invocation/${id}/error`, error)
  }

  failInit (error) {
    return this.#fail('init/error', error)
  }

  // stream returns the request that takes an answer in pieces.
  stream (id, options) {
    return request({ ...this.target, ...options, method: 'POST', path: `${prefix}invocation/${id}/response` })
  }

  #fail (path, error) {
    const payload = payloadOf(error)
    return this.#send('POST', path, JSON.stringify(payload), {
      'Lambda-Runtime-Function-Error-Type': encodeURI(payload.errorType),
      ...(error instanceof UserCodeSyntaxError && error.place && { 'Localdev-Place': encodeURI(error.place) }),
    })
  }

  #send (method, path, body, headers) {
    return new Promise((resolve, reject) => {
      const options = { ...this.target, method, path: prefix + path, headers: { ...headers } }
      if (body !== undefined) {
        options.headers['Content-Type'] = 'application/json'
        options.headers['Content-Length'] = Buffer.byteLength(body)
      }
      const sent = request(options, response => {
        const chunks = []
        response.on('data', chunk => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => resolve({
          status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks).toString(),
        }))
      })
      sent.on('error', reject)
      sent.end(body)
    })
  }
}

module.exports = { RuntimeAPI }
