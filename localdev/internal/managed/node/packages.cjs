// Where a function's modules are found after all else: in its layers, which are not below /opt
// here, and what Lambda's runtime brings along, AWS's SDK, in a folder that localdev has for it.
'use strict'

const Module = require('node:module')
const path = require('node:path')
const { pathToFileURL } = require('node:url')
const { major } = require('./runtime.cjs')

const ofLambda = /^(@aws-sdk\/|@smithy\/|aws-sdk(\/|$))/

function offer () {
  const layers = taken('LOCALDEV_LAYERS') // the last one first
  const sdk = taken('LOCALDEV_PACKAGES')
  const own = (process.env.NODE_PATH ?? '').split(path.delimiter).filter(Boolean) // on Lambda, for import too
  if (layers.length + sdk.length + own.length === 0) return
  const places = layers.flatMap(layer => [path.join(layer, 'nodejs', `node${major}`), path.join(layer, 'nodejs')])
  offerToRequire({ layers, places, sdk })
  const hooks = pathToFileURL(path.join(__dirname, 'import.mjs'))
  Module.register(hooks, { data: { layers, places, sdk, own, ofLambda } })
}

function taken (name) {
  const value = process.env[name] ?? ''
  delete process.env[name]
  return value.split(path.delimiter).filter(Boolean)
}

function offerToRequire ({ layers, places, sdk }) {
  const resolve = Module._resolveFilename
  Module._resolveFilename = function (name, ...more) {
    let failure
    try {
      return resolve.call(this, name, ...more)
    } catch (error) {
      if (error.code !== 'MODULE_NOT_FOUND') throw error
      failure = error
    }
    const tries = name.startsWith('/opt/')
      ? layers.map(layer => () => resolve.call(this, path.join(layer, name.slice('/opt'.length))))
      : /^[./]/.test(name)
        ? []
        : [...places, ...(ofLambda.test(name) ? sdk : [])].map(folder => () =>
            resolve.call(this, name, undefined, false, { paths: [folder] }))
    for (const attempt of tries) {
      try {
        return attempt()
      } catch {}
    }
    throw failure
  }
}

module.exports = { offer }
