// Finds and loads the handler of a function, such as src/app.handler: the function handler that
// the module src/app exports, as CommonJS or as an ES module.
'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { pathToFileURL } = require('node:url')
const { HandlerNotFound, ImportModuleError, MalformedHandlerName, UserCodeSyntaxError } = require('./errors.cjs')
const { placeOf } = require('./place.cjs')
const { callbacks } = require('./runtime.cjs')

async function loadHandler (root, name) {
  if (name.includes('..')) {
    throw new MalformedHandlerName(
      `'${name}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`)
  }
  const folder = path.posix.dirname(name)
  const [, file, property] = /^([^.]*)\.(.*)$/.exec(path.posix.basename(name)) ?? []
  if (property === undefined) {
    throw new MalformedHandlerName('Bad handler')
  }
  const exported = await load(root, folder, file)
  const found = module => property.split('.').reduce((value, key) => value?.[key], module)
  const handler = found(exported) ?? (callbacks ? undefined : found(exported?.default))
  if (!handler) {
    throw new HandlerNotFound(`${name} is undefined or not exported`)
  }
  if (typeof handler !== 'function') {
    throw new HandlerNotFound(`${name} is not a function`)
  }
  return handler
}

async function load (root, folder, name) {
  let file
  try {
    const base = path.resolve(root, folder, name)
    const plain = callbacks && !isESM(base) ? require : importFile
    for (const [extension, read] of [['', require], ['.js', plain], ['.mjs', importFile], ['.cjs', require]]) {
      if (fs.statSync(base + extension, { throwIfNoEntry: false })?.isFile()) {
        file = base + extension
        return await read(file)
      }
    }
    // a folder with an index.js, or a package
    return require(require.resolve(`./${path.posix.join(folder, name)}`, { paths: [root] }))
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw new UserCodeSyntaxError(error, placeOf(error, file, root))
    }
    if (error?.code === 'MODULE_NOT_FOUND') {
      throw new ImportModuleError(error)
    }
    throw error
  }
}

function importFile (file) {
  return import(pathToFileURL(file))
}

// isESM reports whether the package.json that is nearest to a file says that its .js are ES modules.
function isESM (file) {
  for (let folder = path.dirname(file); path.basename(folder) !== 'node_modules'; folder = path.dirname(folder)) {
    try {
      return JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8')).type === 'module'
    } catch (error) {
      if (error.code !== 'ENOENT') {
        console.warn(`${folder}/package.json cannot be read, it will be ignored for ES module detection purposes.`, error)
        return false
      }
    }
    if (folder === path.dirname(folder)) {
      return false
    }
  }
  return false
}

module.exports = { loadHandler }
