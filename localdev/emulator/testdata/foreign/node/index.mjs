// A function that speaks the Runtime API itself. It answers with what it knows of its environment.
const api = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`
for (;;) {
  const next = await fetch(`${api}/next`)
  const id = next.headers.get('lambda-runtime-aws-request-id')
  const event = await next.json()
  const order = event.body ? JSON.parse(event.body) : event
  if (order.fail) {
    await fetch(`${api}/${id}/error`, { method: 'POST', body: JSON.stringify({ errorMessage: 'as asked', errorType: 'Asked' }) })
    continue
  }
  const body = JSON.stringify({ greeting: process.env.GREETING, handler: process.env._HANDLER, arguments: process.argv.slice(2), folder: process.cwd() })
  await fetch(`${api}/${id}/response`, { method: 'POST', body: JSON.stringify({ statusCode: 200, body }) })
}
