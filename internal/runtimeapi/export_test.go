package runtimeapi

// One returns what has one event after the other answered.
func One(address string, handler Handler, asked ...func()) func() error {
	return newLoop(address, handler, asked...).one
}
