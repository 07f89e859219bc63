package sockets

var New = newSockets
