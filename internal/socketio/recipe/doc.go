// Package recipe makes the application half of a Socket.IO server out of a few lines of YAML or JSON.
//
// A recipe says what is done when a socket connects, emits an event, leaves a room or disconnects:
//
//	connect: [{emit: me, args: [$id]}]
//	on:
//	  join-room: [{join: $0}, {emit: user-connected, to: others, args: [$id]}]
//	  signal: [{emit: signal, to: $0.to, args: [{"...": $0, from: $id}]}]
//	leave: [{emit: user-left, to: others, args: [$id]}]
//
// Parse checks all of it, so that what is wrong is told with its line before anybody connects. What a
// client sent is carried on byte for byte where a recipe does not take it apart. What one event may
// do is bounded (bounds.go): then it ends, with a Failure that names the recipe's line.
package recipe
