// What packages.cjs does for require, for import.
import path from 'node:path'
import { pathToFileURL } from 'node:url'

let layers, places, sdk, own, ofLambda

export function initialize (data) {
  ({ layers, places, sdk, own, ofLambda } = data)
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
  const beside = folder => pathToFileURL(path.join(folder, 'package.json')).href
  return [
    ...[...places, ...(ofLambda.test(name) ? sdk : [])].map(beside),
    ...own.map(folder => beside(path.basename(folder) === 'node_modules' ? path.dirname(folder) : folder)),
  ].map(parentURL => () => next(name, { ...context, parentURL }))
}
