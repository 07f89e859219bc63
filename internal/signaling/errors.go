package signaling

import "errors"

// Code is a stable, documented reason of failure, part of every dialect.
type Code string

// The codes that the service answers with.
const (
	CodeBadJSON       Code = "bad-json"       // the frame is no JSON object
	CodeUnknownAction Code = "unknown-action" // no such action
	CodeBadRequest    Code = "bad-request"    // a field is missing or wrong; the message names it
	CodeTooLarge      Code = "too-large"      // message, data, roster or outgoing frame over its limit
	CodeUnauthorized  Code = "unauthorized"   // no valid token, or one that has expired
	CodeForbidden     Code = "forbidden"      // a right is missing, or an address is not the sender's own
	CodeNotInRoom     Code = "not-in-room"    // the sender is not in that room
	CodeNoSuchPeer    Code = "no-such-peer"   // the target is not in that room (any more)
	CodeNameTaken     Code = "name-taken"     // another peer has that name
	CodeRoomFull      Code = "room-full"      // no free seat
	CodeRoomLocked    Code = "room-locked"    // a host has locked the room
	CodeResumeExpired Code = "resume-expired" // the resume string was used, or the seat is kept no longer
	CodeMailFull      Code = "mail-full"      // as much waits for the lost peer as may
	CodeRateLimited   Code = "rate-limited"   // the connection sends or joins too fast, or is in too many rooms
	CodeOverBudget    Code = "over-budget"    // the month's budget is used up
	CodeInternal      Code = "internal"       // our fault; the log knows more
)

// Codes lists every code once; the protocol's document is tested against it.
func Codes() []Code {
	return []Code{
		CodeBadJSON, CodeUnknownAction, CodeBadRequest, CodeTooLarge, CodeUnauthorized, CodeForbidden,
		CodeNotInRoom, CodeNoSuchPeer, CodeNameTaken, CodeRoomFull, CodeRoomLocked, CodeResumeExpired, CodeMailFull, CodeRateLimited, CodeOverBudget, CodeInternal,
	}
}

// Error is a failure that the client is told about.
type Error struct {
	Code  Code   // stable, part of the protocol
	Msg   string // for people: what to do; never contains the cause
	Retry bool   // the same request may succeed later
}

func (e *Error) Error() string { return string(e.Code) + ": " + e.Msg }

// Describe returns what a client may be told about err: the Error in its chain, else CodeInternal without details.
func Describe(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{Code: CodeInternal, Msg: "the server failed; try again", Retry: true}
}

// RequestError is an Error about a request that could not be decoded into a Command.
type RequestError struct {
	Request Request
	Err     *Error
}

func (e *RequestError) Error() string { return e.Err.Error() }

// Unwrap returns the Error.
func (e *RequestError) Unwrap() error { return e.Err }
