// Package gateway turns API Gateway's WebSocket events into commands of the signaling service.
//
// $connect chooses the client's dialect and remembers the connection; every message is decoded by its dialect and carried
// out; $disconnect forgets. What a client did wrong is told to it in its own protocol and is never a failed invocation:
// API Gateway would send a frame of its own, which no client understands.
package gateway
