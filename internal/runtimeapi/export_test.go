package runtimeapi

// One returns what has one event after the other answered.
func One(address string, handler Handler) func() error { return newLoop(address, handler).one }
