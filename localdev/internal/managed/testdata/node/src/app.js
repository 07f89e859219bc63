exports.nested = { deeper: { handler: async () => ({ file: __filename, folder: process.cwd() }) } }
exports.notCallable = 1
