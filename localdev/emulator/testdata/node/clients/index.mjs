// A function that knows nothing of localdev. It pushes the name of each client of HTTP by that client to the connection that
// asks, and then what failed.
import http2 from 'node:http2'
import https from 'node:https'
import { createRequire } from 'node:module'
import { text } from 'node:stream/consumers'
import { ApiGatewayManagementApiClient, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import axios from 'axios'
import got from 'got'
import { Agent, request } from 'undici'
import WebSocket from 'ws'

const AWS = createRequire(import.meta.url)('aws-sdk')

const clients = {
  'SDK v3': ({ endpoint, id }, Data) =>
    new ApiGatewayManagementApiClient({ endpoint }).send(new PostToConnectionCommand({ ConnectionId: id, Data })),
  'SDK v3 by a variable of wss': ({ id }, Data) =>
    new ApiGatewayManagementApiClient({ endpoint: process.env.SOCKETS.replace('wss://', 'https://') })
      .send(new PostToConnectionCommand({ ConnectionId: id, Data })),
  'SDK v2': ({ endpoint, id }, Data) =>
    new AWS.ApiGatewayManagementApi({ endpoint }).postToConnection({ ConnectionId: id, Data }).promise(),
  fetch: ({ url }, body) => fetch(url, { method: 'POST', body }),
  https: ({ url }, body) => new Promise((resolve, reject) => {
    https.request(url, { method: 'POST', agent: new https.Agent({ keepAlive: true }) }, resolve).on('error', reject).end(body)
  }),
  http2: async ({ url }, body) => {
    const { origin, pathname } = new URL(url)
    const session = http2.connect(origin)
    const stream = session.request({ ':method': 'POST', ':path': pathname })
    stream.end(body)
    await text(stream)
    session.close()
  },
  axios: ({ url }, body) => axios.post(url, body),
  got: ({ url }, body) => got.post(url, { body }),
  'got with HTTP/2': ({ url }, body) => got.post(url, { body, http2: true }),
  undici: ({ url }, body) => request(url, { method: 'POST', body, dispatcher: new Agent({ allowH2: true }) }),
  ws: async ({ domain, stage, url }, body) => {
    const socket = new WebSocket(`wss://${domain}/${stage}`)
    await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject))
    socket.close()
    await fetch(url, { method: 'POST', body })
  },
  'DynamoDB of SDK v3, past its variable': async ({ url, id }, body) => {
    process.env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS = 'true'
    await item(DynamoDBDocumentClient.from(new DynamoDBClient()), id, body, url)
    delete process.env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS
  },
  'DynamoDB of SDK v3': ({ url, id }, body) => item(DynamoDBDocumentClient.from(new DynamoDBClient()), id, body, url),
  'DynamoDB of SDK v2': async ({ url, id }, body) => {
    const table = new AWS.DynamoDB.DocumentClient()
    await table.put({ TableName: process.env.TABLE, Item: { connection: id, body } }).promise()
    const { Item } = await table.get({ TableName: process.env.TABLE, Key: { connection: id } }).promise()
    await fetch(url, { method: 'POST', body: Item.body })
  },
}

async function item (table, connection, body, url) {
  await table.send(new PutCommand({ TableName: process.env.TABLE, Item: { connection, body } }))
  const { Item } = await table.send(new GetCommand({ TableName: process.env.TABLE, Key: { connection } }))
  await fetch(url, { method: 'POST', body: Item.body })
}

export const handler = async event => {
  const { domainName: domain, stage, connectionId: id } = event.requestContext
  const endpoint = `https://${domain}/${stage}`
  const url = `${endpoint}/@connections/${encodeURIComponent(id)}`
  const failed = {}
  for (const [name, push] of Object.entries(clients)) {
    await push({ domain, stage, id, endpoint, url }, name).catch(error => { failed[name] = String(error.stack) })
  }
  await fetch(url, { method: 'POST', body: JSON.stringify(failed) })
  return { statusCode: 200 }
}
