// What packages.cjs does for require, for import.
import path from 'node:path'
import { pathToFileURL } from 'node:url'

let layers, paths, sdk, ofLambda

export function initialize (data) {
  ({ layers, paths, sdk, ofLambda } = data)
}

export async function resolve (name, context, next) {
  let failure
  try {
    return await next(name, context)
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error
    failure = error
  }
  for (const attempt of attempts(name, context, next)) {
    try {
      return await attempt()
    } catch {}
  }
  throw failure
}

function attempts (name, context, next) {
  if (name.startsWith('/opt/')) {
    return layers.map(layer => () => next(pathToFileURL(path.join(layer, name.slice('/opt'.length))).href, context))
  }
  if (/^([./]|\w+:)/.test(name)) return []
  // Node.js looks for node_modules beside and above who imports.
  const folders = paths.map(folder => path.basename(folder) === 'node_modules' ? path.dirname(folder) : folder)
  return [...folders, ...(ofLambda.test(name) ? sdk : [])].map(folder => {
    const parentURL = pathToFileURL(path.join(folder, 'package.json')).href
    return () => next(name, { ...context, parentURL })
  })
}
