// Which of Lambda's runtimes this is.
'use strict'

const [, major = '22'] = /nodejs(\d+)/.exec(process.env.AWS_EXECUTION_ENV ?? '') ?? []

// From Node.js 24 on, Lambda's runtime has no callbacks, no context.done, and no net for errors
// that nobody catches: they end the process.
module.exports = { callbacks: Number(major) < 24 }
