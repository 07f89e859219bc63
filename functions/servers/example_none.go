//go:build !lounge

package servers

import "github.com/parley-rtc/parley/internal/socketio/server"

// withExamples adds nothing to a project's own servers: examples are not deployed unless somebody
// asks for them.
func withExamples(own map[string]server.App) map[string]server.App { return own }
