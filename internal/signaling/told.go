package signaling

import "errors"

// afterwards is a failure after the request itself was carried out. It is for the log and not for the client, so it does
// not unwrap: who missed an event sees the gap in rev and asks for the roster.
type afterwards struct{ cause error }

func (e *afterwards) Error() string { return "afterwards: " + e.cause.Error() }

// Cause returns the failure, for who writes the log.
func (e *afterwards) Cause() error { return e.cause }

// Afterwards marks a failure of the handler of an action after the request itself was carried out: it is logged, and the client
// is answered as if there were none. No error stays none.
func Afterwards(err error) error { return logOnly(err) }

// logOnly marks err as one that the client is not told of.
func logOnly(err error) error {
	if err == nil {
		return nil
	}
	return &afterwards{err}
}

// tellable reports whether the client is told of err.
func tellable(err error) bool {
	if err == nil {
		return false
	}
	if _, ok := errors.AsType[*Error](err); ok {
		return true
	}
	_, after := errors.AsType[*afterwards](err)
	return !after
}

// CarriedOut reports whether a request that ended with err was carried out: there is no error, or it is of what came after.
func CarriedOut(err error) bool { return !tellable(err) }
