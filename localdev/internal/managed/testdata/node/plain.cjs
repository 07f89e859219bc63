exports.handler = async () => 'cjs'
