// Finds out where code is that is no JavaScript: Node.js prints the place, and keeps it from who
// catches the error of an ES module.
'use strict'

const { spawnSync } = require('node:child_process')
const path = require('node:path')
const { fileURLToPath, pathToFileURL } = require('node:url')

// placeOf returns where a module that could not be loaded, or one that it imports, is wrong, as
// src/app.mjs:3 below root; undefined if that is not known.
function placeOf (error, file, root) {
  return named(error.stack, root) ?? (file && named(linked(file), root))
}

// linked returns what another Node.js prints that reads a module with all that it imports, and ends
// before any of that runs.
function linked (file) {
  const code = `import 'data:text/javascript,process.exit()'; import ${JSON.stringify(pathToFileURL(file).href)}`
  return spawnSync(process.execPath, ['--input-type=module', '--eval', code], { encoding: 'utf8' }).stderr
}

function named (text, root) {
  const [, file, line] = /^(.+):(\d+)\r?\n/.exec(text) ?? []
  const found = file?.startsWith('file:') ? fileURLToPath(file) : file
  return found && path.isAbsolute(found) ? `${path.relative(root, found)}:${line}` : undefined
}

module.exports = { placeOf }
