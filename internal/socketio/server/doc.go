// Package server is what the author of a Socket.IO server writes with: the application half, which
// in other projects is a server.js.
//
// An App is told of sockets that connect, of what they emit and of how they leave, and acts through
// the Socket that it is handed: it joins rooms, emits to one, to a room or to all, and acknowledges.
// It holds nothing between two events, which may be handled by two processes, and at the same time:
// what is to be known later is kept with the socket (SetName, SetData) or in rooms.
//
// Recipes and auto are Apps, and so is what is written in Go with New.
package server
