// What packages.cjs does for require, for import.
let parentURL, ofLambda

export function initialize (data) {
  ({ parentURL, ofLambda } = data)
}

export async function resolve (name, context, next) {
  try {
    return await next(name, context)
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND' || !ofLambda.test(name)) throw error
    return next(name, { ...context, parentURL })
  }
}
