// Lambda's runtime brings AWS's SDK along. Where a function's folder has it not, localdev names
// another folder that has, in LOCALDEV_PACKAGES.
'use strict'

const module_ = require('node:module')
const path = require('node:path')
const { pathToFileURL } = require('node:url')

const ofLambda = /^(@aws-sdk\/|@smithy\/|aws-sdk(\/|$))/

function offer () {
  const folder = process.env.LOCALDEV_PACKAGES
  delete process.env.LOCALDEV_PACKAGES
  if (!folder) return
  offerToRequire(folder)
  offerToImport(folder)
}

function offerToRequire (folder) {
  const resolve = module_._resolveFilename
  module_._resolveFilename = function (name, ...more) {
    try {
      return resolve.call(this, name, ...more)
    } catch (error) {
      if (error.code !== 'MODULE_NOT_FOUND' || !ofLambda.test(name)) throw error
      return resolve.call(this, name, undefined, false, { paths: [folder] })
    }
  }
}

function offerToImport (folder) {
  const parentURL = pathToFileURL(path.join(folder, 'package.json')).href
  const hooks = path.join(__dirname, 'import.mjs')
  module_.register(pathToFileURL(hooks), { data: { parentURL, ofLambda } })
}

module.exports = { offer }
