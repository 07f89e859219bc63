// Package socketio serves the clients of Socket.IO: Engine.IO 4 (socket.io-client 3 and 4) and
// Engine.IO 3 (2), over WebSocket alone.
//
//	client  ?EIO=4&transport=websocket
//	server  0{"sid":"…","upgrades":[],"pingInterval":…,"pingTimeout":…,"maxPayload":…}
//	client  40{"token":"…"}               CONNECT of the namespace /, with the client's auth
//	server  40{"sid":"…","pid":"…"}       the socket's id, by which others reach it, and its private one
//	client  420["join","r1"]              an event that is to be acknowledged, id 0
//	server  430[["…"]]                    which it is
//	client  42["offer",{"to":"…","sdp":…}]
//
// What an event means is not the protocol's to say: that is the application half, package server.
//
// The id of a socket is sealed and names the connection that it was made on, so reaching it costs no
// read. Rooms, the app's own ids and queues are names in the directory. A socket is remembered with
// its connection; where that is lost, it is kept beside it for a few seconds, with what it is sent
// meanwhile, and taken up by who brings the private id. Nobody is told that it went until then.
package socketio
