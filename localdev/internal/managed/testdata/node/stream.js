const { pipeline } = require('node:stream/promises')

exports.handler = awslambda.streamifyResponse(async (event, stream, context) => {
  switch (event.do) {
    case 'write':
      stream.setContentType('application/json')
      stream.write('{"statusCode":')
      await new Promise(resolve => setTimeout(resolve, 5))
      stream.write('200}')
      stream.end()
      return
    case 'pipe':
      return pipeline(require('node:stream').Readable.from(['"a', 'b"']), stream)
    case 'http':
      awslambda.HttpResponseStream.from(stream, { statusCode: 201 })
      stream.write({ a: 1 })
      stream.end()
      return
    case 'fail':
      stream.write('{"half":')
      throw new RangeError('half-way')
    case 'open':
      await new Promise(() => {})
  }
})
