// The front door: a CloudFront Function (cloudfront-js-2.0, at viewer request) before the WebSocket
// API, which has one path and no HTTP. A handshake on any path goes to the stage, with that path as
// the query parameter `path`; all else is answered here.
//
// It is ES 5.1 with Object.assign, as that runtime has only some of what came later. Who deploys it
// puts the stage in.
var STAGE = '${StageName}';

var METHODS = 'GET, HEAD, OPTIONS';

var PAGE = [
  'This is Parley, which introduces the peers of WebRTC calls to each other. It speaks over WebSockets, so there is no page here.',
  '',
  'To point a client at it, with the name in this address for HOST:',
  '',
  '  Parley    Call.join({ url: "wss://HOST", room })',
  '  y-webrtc  new WebrtcProvider(room, doc, { signaling: ["wss://HOST"] })',
  '  PeerJS    new Peer({ host: "HOST", port: 443, path: "/", secure: true })',
  '  Socket.IO io("wss://HOST", { transports: ["websocket"] })',
  '',
  'Any path will do. Which of these clients it understands, and who may connect, its operator has decided.',
  '',
].join('\n');

var NO_PEERS = 'This service lists no peers: an id is a secret between those who were told it, ' +
  'and nothing here knows all of them. Let your application tell its peers of each other.\n';

// In the form that clients of Socket.IO know, as err.context.responseText of connect_error.
var NO_POLLING = '{"code":3,"message":"There is no long polling here, only WebSockets: ' +
  'io(url, { transports: [\\"websocket\\"] })"}\n';

function handler(event) {
  var request = event.request;
  if (request.headers['sec-websocket-key']) { // Upgrade and Connection are hidden from functions
    return toStage(request);
  }
  switch (request.method) {
    case 'GET':
      return answer(event);
    case 'HEAD':
      var head = answer(event);
      delete head.body;
      return head;
    case 'OPTIONS':
      return {
        statusCode: 204,
        headers: headers({
          'allow': { value: METHODS },
          'access-control-allow-methods': { value: METHODS },
          'access-control-allow-headers': { value: '*' },
        }),
      };
  }
  return text(405, 'There is nothing here to ' + request.method + '.\n', { 'allow': { value: METHODS } });
}

// toStage is the request as the API takes it. A parameter `path` of the client's own would lie.
function toStage(request) {
  var parameters = (request.rawQueryString() || '').split('&').filter(function (parameter) {
    return parameter !== '' && nameOf(parameter) !== 'path';
  });
  request.querystring = parameters.concat('path=' + encodeURIComponent(request.uri)).join('&');
  request.uri = '/' + STAGE;
  return request;
}

function nameOf(parameter) {
  var name = parameter.split('=')[0];
  try {
    return decodeURIComponent(name);
  } catch (malformed) {
    return name;
  }
}

function answer(event) {
  var request = event.request;
  var call = /[^\/]\/(id|peers)$/.exec(request.uri); // PeerJS asks for {path}{key}/id
  if (call && call[1] === 'id') {
    return text(200, newID(event));
  }
  if (call) {
    return text(404, NO_PEERS);
  }
  if (/(^|&)transport=polling(&|$)/.test(request.rawQueryString() || '')) { // Socket.IO's first transport
    return text(400, NO_POLLING, { 'content-type': { value: 'application/json' } });
  }
  return text(request.uri === '/' ? 200 : 404, PAGE);
}

// newID: CloudFront's request id is an encrypted string, of which PeerJS takes letters and digits.
// Math.random would be seeded with the time.
function newID(event) {
  return event.context.requestId.replace(/[^A-Za-z0-9]/g, '');
}

function text(status, body, more) {
  return {
    statusCode: status,
    headers: headers(Object.assign({
      'content-type': { value: 'text/plain; charset=utf-8' },
      'x-content-type-options': { value: 'nosniff' },
    }, more)),
    body: { encoding: 'text', data: body },
  };
}

// headers adds what every answer has: each is for pages of others, and for once.
function headers(own) {
  return Object.assign({
    'access-control-allow-origin': { value: '*' },
    'cache-control': { value: 'no-store' },
  }, own);
}
