// Where a function's modules are found after all else: files of its layers, which are not below
// /opt here, and what Lambda's runtime brings along, AWS's SDK, in a folder that localdev has for
// it. Packages of layers are in NODE_PATH.
'use strict'

const Module = require('node:module')
const path = require('node:path')
const { pathToFileURL } = require('node:url')

const ofLambda = /^(@aws-sdk\/|@smithy\/|aws-sdk(\/|$))/

function offer () {
  const layers = taken('LOCALDEV_LAYERS') // the last one first
  const sdk = taken('LOCALDEV_PACKAGES')
  if (layers.length + sdk.length > 0) offerToRequire({ layers, sdk })
  // On Lambda import looks there too. Its hooks cost a thread, so they are for who needs them.
  const paths = split(process.env.NODE_PATH).filter(folder => folder !== process.env.LAMBDA_TASK_ROOT)
  if (layers.length + sdk.length + paths.length === 0) return
  const hooks = pathToFileURL(path.join(__dirname, 'import.mjs'))
  Module.register(hooks, { data: { layers, paths, sdk, ofLambda } })
}

function taken (name) {
  const folders = split(process.env[name])
  delete process.env[name]
  return folders
}

function split (list = '') {
  return list.split(path.delimiter).filter(Boolean)
}

function offerToRequire ({ layers, sdk }) {
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
      : ofLambda.test(name)
        ? sdk.map(folder => () => resolve.call(this, name, undefined, false, { paths: [folder] }))
        : []
    for (const attempt of tries) {
      try {
        return attempt()
      } catch {}
    }
    throw failure
  }
}

module.exports = { offer }
