// Package servers is where a project puts servers of Socket.IO that it has written in Go, by the name
// that SOCKETIO_RECIPE has for each. functions/message tells them what clients emit, and
// functions/disconnect how they leave.
package servers

import "github.com/parley-rtc/parley/internal/socketio/server"

// Own returns the project's servers.
func Own() map[string]server.App {
	return withExamples(map[string]server.App{})
}
