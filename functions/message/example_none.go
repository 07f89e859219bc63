//go:build !whiteboard

package main

import "github.com/parley-rtc/parley/internal/signaling"

// withExamples adds nothing to a project's own actions: examples are not deployed unless somebody asks for them.
func withExamples(own signaling.Actions) signaling.Actions { return own }
