// Preloaded into each process of Node.js that a function starts: connections to the hosts that
// localdev answers for go to localdev, whatever opens them; all others are left as they are.
'use strict'

const { syncBuiltinESMExports } = require('node:module')
const net = require('node:net')
const tls = require('node:tls')

if (process.env.LOCALDEV_HOSTS) redirect(JSON.parse(process.env.LOCALDEV_HOSTS))

function redirect ({ address, hosts, authority, proxy, notes }) {
  // Some clients ask a proxy in words of their own, and none is needed here any more.
  for (const name of ['HTTPS_PROXY', 'https_proxy']) {
    if (process.env[name] === proxy) delete process.env[name]
  }
  const [host, port] = address.split(':')
  const emulated = new Set(hosts)
  const redirected = new WeakMap() // socket → the host that it was meant for
  const isWeb = options => [80, 443].includes(Number(options.port))
  const isHere = options => emulated.has(options.host) && isWeb(options)
  const patterns = notes.map(({ pattern, text }) => ({ pattern: new RegExp(pattern), text }))
  const asked = new Set() // hosts of AWS that go elsewhere
  const note = host => {
    const known = patterns.find(({ pattern }) => pattern.test(host))
    if (!known || asked.has(host)) return
    asked.add(host)
    process.stderr.write(`localdev: ${host} ${known.text}\n`)
  }

  const connect = net.Socket.prototype.connect
  net.Socket.prototype.connect = function (...args) {
    const [options, callback] = read(args)
    if (!isHere(options)) {
      if (isWeb(options) && options.host) note(options.host)
      return connect.apply(this, args)
    }
    redirected.set(this, options.host)
    Object.defineProperty(this, 'remotePort', { value: Number(options.port) }) // HTTP/2 makes its origin of it
    return connect.call(this, { ...options, host, port, localAddress: undefined }, callback)
  }

  const secure = tls.connect
  tls.connect = function (...args) {
    const [options, callback] = read(args)
    const meant = options.socket ? redirected.get(options.socket) : isHere(options) && options.host
    if (!meant) return secure.apply(this, args)
    // One authority knows localdev's certificates, also where the caller has others of its own.
    return secure.call(this, { ...options, servername: meant, ca: authority, secureContext: undefined }, callback)
  }
  syncBuiltinESMExports()
}

// read returns the options and the callback of (options), (port, host, options), or of either in a list.
function read (args) {
  const list = Array.isArray(args[0]) ? args[0] : args
  const options = isObject(list[0]) ? list[0] : { port: list[0], host: list[1] }
  return [Object.assign({}, options, list.slice(1).find(isObject)), list.filter(a => typeof a === 'function').pop()]
}

function isObject (value) {
  return typeof value === 'object' && value !== null
}
