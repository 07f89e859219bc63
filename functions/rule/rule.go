// Package rule is where a project puts its own rule of who gets in. functions/connect goes by it for each handshake, and
// functions/message for a client of Socket.IO that brings its token later: docs/architecture.md, Who gets in.
package rule

import "github.com/parley-rtc/parley/internal/app/door"

// Own returns the project's rule; nil is none.
func Own() door.Hook { return nil }
