// Asks for one path by every client of Node.js's own, and says what each got.
import { createRequire } from 'node:module'
import http from 'node:http'
import http2 from 'node:http2'
import https from 'node:https'
import net from 'node:net'
import tls, { connect } from 'node:tls'
import { Worker } from 'node:worker_threads'

const host = 'abc.execute-api.us-east-1.amazonaws.com'
const path = '/prod/%40connections/a'
const url = `https://${host}${path}`
const [other, otherAuthority] = process.argv.slice(2)

function read (module, ...args) {
  return new Promise((resolve, reject) => {
    module.get(...args, response => {
      let text = ''
      response.on('data', chunk => { text += chunk })
      response.on('end', () => resolve(text))
    }).on('error', reject)
  })
}

function over (socket) {
  return new Promise((resolve, reject) => {
    let text = ''
    socket.on('error', reject)
    socket.on('data', chunk => { text += chunk })
    socket.on('end', () => resolve(text.split('\r\n\r\n')[1]))
    socket.write(`GET ${path} HTTP/1.0\r\nHost: ${host}\r\n\r\n`)
  })
}

const clients = {
  fetch: () => fetch(url).then(response => response.text()),
  'https.get': () => read(https, url),
  'an agent of its own': () => read(https, url, { agent: new https.Agent({ keepAlive: true }) }),
  'an agent with authorities of its own': () => read(https, url, { agent: new https.Agent({ ca: otherAuthority }) }),
  'an agent with a context of its own': () => read(https, { host, path, secureContext: tls.createSecureContext() }),
  http2: () => new Promise((resolve, reject) => {
    const session = http2.connect(`https://${host}`).on('error', reject)
    const stream = session.request({ ':path': path }).setEncoding('utf8').on('error', reject)
    let text = ''
    stream.on('data', chunk => { text += chunk })
    stream.on('end', () => { session.close(); resolve(text) })
  }),
  'tls.connect(options)': () => over(connect({ host, port: 443, servername: host })),
  'tls.connect(port, host)': () => over(tls.connect(443, host)),
  'tls.connect(port, host, options)': () => over(tls.connect(443, host, { minVersion: 'TLSv1.3' })),
  'tls over a socket of its own': () => over(tls.connect({ socket: net.connect(443, host) })),
  'http without TLS': () => read(http, `http://${host}${path}`),
  'createRequire': () => read(createRequire(import.meta.url)('https'), url),
  worker: () => new Promise((resolve, reject) => {
    new Worker(`fetch('${url}').then(r => r.text()).then(t => require('worker_threads').parentPort.postMessage(t))`, { eval: true })
      .on('message', resolve).on('error', reject)
  }),
  'another host': () => read(https, other, { ca: otherAuthority }),
  variables: async () => `${process.env.HTTPS_PROXY} ${process.execArgv} ${globalThis.preloaded}`,
}

const got = {}
for (const [name, ask] of Object.entries(clients)) {
  got[name] = await ask().catch(error => `${error} ${error.cause ?? ''}`)
}
console.log(JSON.stringify(got))
process.exit()
