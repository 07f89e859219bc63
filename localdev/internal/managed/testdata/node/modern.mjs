// What handlers of Lambda's runtimes from Node.js 24 on may do.
const acts = {
  plain: () => ({ via: 'return' }),
  thrown: () => { throw new RangeError('too far') },
  names: (event, context) => Object.keys(context).sort(),
  cyclic: () => { const a = {}; a.a = a; return a },
  never: () => new Promise(() => {}),
  uncaught: () => { setTimeout(() => { throw new RangeError('too late') }, 5); return new Promise(() => {}) },
}
export const handler = (event, context) => acts[event.do](event, context)

export const old = (event, context, callback) => callback(null, {})
