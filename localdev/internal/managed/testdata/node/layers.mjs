import common from 'common'
import file from '/opt/nodejs/file.js'
import { createRequire } from 'node:module'
const require = createRequire(import.meta.url)

export const handler = async () => [
  common, file, require('common'), require('versioned'), require('/opt/nodejs/file'),
  await import('absent').catch(error => error.code),
  (() => { try { require('absent') } catch (error) { return error.code } })(),
]
