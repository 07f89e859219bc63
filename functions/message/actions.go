package main

import "github.com/parley-rtc/parley/internal/signaling"

// actions are what this project adds to the protocol: put yours here. docs/actions.md says how to write one.
func actions() signaling.Actions {
	return signaling.Actions{}
}
