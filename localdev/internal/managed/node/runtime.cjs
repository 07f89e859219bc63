// Which of Lambda's runtimes this is.
'use strict'

const [, named = '22'] = /nodejs(\d+)/.exec(process.env.AWS_EXECUTION_ENV ?? '') ?? []
const major = Number(named)

// From Node.js 24 on, Lambda's runtime has no callbacks, no context.done, and no net for errors
// that nobody catches: they end the process.
module.exports = { major, callbacks: major < 24 }
