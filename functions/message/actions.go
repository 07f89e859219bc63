package main

import "github.com/parley-rtc/parley/internal/signaling"

// actions are what this project adds to the protocol: put yours here, and take the whiteboard out if you have no use for it.
// docs/actions.md says how to write one.
func actions() signaling.Actions {
	return signaling.Actions{
		"stroke": {Do: stroke},
		"board":  {Do: board},
		"wipe":   {Do: wipe},
	}
}
