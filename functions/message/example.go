//go:build whiteboard

package main

import (
	"maps"

	"github.com/parley-rtc/parley/functions/message/whiteboard"
	"github.com/parley-rtc/parley/internal/signaling"
)

// withExamples adds the whiteboard to a project's own actions, which go first.
func withExamples(own signaling.Actions) signaling.Actions {
	all := whiteboard.Actions()
	maps.Copy(all, own)
	return all
}
