// Package wire is one WebSocket that speaks parley.v1, from its handshake to its end: frames out,
// each answer to its request, all other frames as they come. It heals nothing, and knows nothing of
// rooms: package parley does, on top of it. It is there for tools that have to see what a service
// really says.
package wire
