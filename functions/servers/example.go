//go:build lounge

package servers

import (
	"maps"

	"github.com/parley-rtc/parley/functions/servers/lounge"
	"github.com/parley-rtc/parley/internal/socketio/server"
)

// withExamples adds the lounge to a project's own servers, which go first.
func withExamples(own map[string]server.App) map[string]server.App {
	all := map[string]server.App{"lounge": lounge.New()}
	maps.Copy(all, own)
	return all
}
