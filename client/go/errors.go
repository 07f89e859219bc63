package parley

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"syscall"

	"github.com/parley-rtc/parley/client/go/wire"
)

// Reason says what went wrong, for programs. It is an error itself, so that errors.Is can ask for
// it.
type Reason string

// What the server says: docs/protocol.md has the table.
const (
	ErrBadJSON       Reason = "bad-json"
	ErrUnknownAction Reason = "unknown-action"
	ErrBadRequest    Reason = "bad-request"
	ErrTooLarge      Reason = "too-large"
	ErrUnauthorized  Reason = "unauthorized"
	ErrForbidden     Reason = "forbidden"
	ErrNotInRoom     Reason = "not-in-room" // also after Leave
	ErrNoSuchPeer    Reason = "no-such-peer"
	ErrNameTaken     Reason = "name-taken"
	ErrRoomFull      Reason = "room-full"
	ErrRoomLocked    Reason = "room-locked"
	ErrResumeExpired Reason = "resume-expired"
	ErrMailFull      Reason = "mail-full"
	ErrRateLimited   Reason = "rate-limited"
	ErrOverBudget    Reason = "over-budget"
	ErrInternal      Reason = "internal"
)

// What can go wrong on this side of the socket.
const (
	ErrBadURL       Reason = "bad-url"       // the server's address is no ws: or wss: URL
	ErrNoToken      Reason = "no-token"      // the Token function failed
	ErrKicked       Reason = "kicked"        // a host removed us
	ErrReplaced     Reason = "replaced"      // a newer connection of the same user has the seat
	ErrDenied       Reason = "denied"        // a host did not let us in
	ErrSocketClosed Reason = "socket-closed" // the server cannot be reached, or the connection was lost
	ErrTimeout      Reason = "timeout"       // no answer in time
	ErrQueueFull    Reason = "queue-full"    // too many signals wait to be sent to a peer
	ErrClosed       Reason = "aborted"       // by Close, or Leave
	ErrBadFrame     Reason = "bad-frame"     // the server sent something that is not parley.v1
	ErrBadSignal    Reason = "bad-signal"    // a peer sent something that cannot be used
)

var serverReasons = map[Reason]bool{
	ErrBadJSON: true, ErrUnknownAction: true, ErrBadRequest: true, ErrTooLarge: true,
	ErrUnauthorized: true, ErrForbidden: true, ErrNotInRoom: true, ErrNoSuchPeer: true,
	ErrNameTaken: true, ErrRoomFull: true, ErrRoomLocked: true, ErrResumeExpired: true,
	ErrMailFull: true, ErrRateLimited: true, ErrOverBudget: true, ErrInternal: true,
}

func (r Reason) Error() string { return string(r) }

// Error is what every failure of this package is, but that of a caller's own context.
type Error struct {
	Reason  Reason
	Message string // for developers
	Retry   bool   // the same call may succeed later
	Err     error  // the cause, where there is one
}

func (e *Error) Error() string { return string(e.Reason) + ": " + e.Message }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is says whether target is the error's Reason.
func (e *Error) Is(target error) bool { return target == error(e.Reason) }

// fail makes an error that trying again does not heal.
func fail(reason Reason, message string) *Error { return &Error{Reason: reason, Message: message} }

// later makes an error that trying again may heal.
func later(reason Reason, message string) *Error {
	return &Error{Reason: reason, Message: message, Retry: true}
}

func cannotConnect(err error) *Error {
	e := &Error{Reason: ErrSocketClosed, Message: "cannot connect", Retry: true, Err: err}
	if why := whyNot(err); why != "" {
		e.Message += ": " + why
	}
	return e
}

// whyNot says why there is no connection, in words that name no address which was looked up, and
// nothing of the request: the cause itself has both.
func whyNot(err error) string {
	refused, handshake := errors.AsType[*wire.HandshakeError](err)
	unknown, lookup := errors.AsType[*net.DNSError](err)
	number, system := errors.AsType[syscall.Errno](err)
	_, wrongHost := errors.AsType[x509.HostnameError](err)
	_, unsigned := errors.AsType[x509.UnknownAuthorityError](err)
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	_, noTLS := errors.AsType[tls.RecordHeaderError](err)
	switch {
	case handshake && refused.Status == http.StatusSwitchingProtocols:
		return "the server does not speak " + wire.Protocol
	case handshake && refused.Status != 0:
		return fmt.Sprintf("the server answered %d", refused.Status)
	case lookup && unknown.IsNotFound:
		return "no such host"
	case lookup:
		return "the host cannot be looked up"
	case system:
		return number.Error()
	case wrongHost:
		return "the certificate is of another host"
	case unsigned:
		return "the certificate is signed by nobody known"
	case untrusted:
		return "the certificate is not valid"
	case noTLS || errors.Is(err, http.ErrSchemeMismatch):
		return "the server does not speak TLS"
	}
	return ""
}

// fromWire makes an error of one that a request got. A code that a newer server invented counts as
// internal.
func fromWire(err error) error {
	switch {
	case errors.Is(err, wire.ErrClosed):
		return later(ErrSocketClosed, "the connection was lost")
	case errors.Is(err, wire.ErrTooLarge):
		return fail(ErrTooLarge, "a frame may have 32768 bytes")
	}
	refusal, ok := errors.AsType[*wire.Refusal](err)
	if !ok {
		return err
	}
	reason, message := Reason(refusal.Code), refusal.Message
	if !serverReasons[reason] {
		reason = ErrInternal
	}
	if message == "" {
		message = refusal.Code
	}
	return &Error{Reason: reason, Message: message, Retry: refusal.Retry}
}

// reasonOf is the reason of an error of ours, "" of any other.
func reasonOf(err error) Reason {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return ""
	}
	return e.Reason
}

func canRetry(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Retry
}
