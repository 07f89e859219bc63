package signaling

import "fmt"

// MaxName is the longest name of a room or a peer, in characters.
const MaxName = 128

// ConnID names one WebSocket connection, as API Gateway does.
type ConnID string

// RoomID is the name of a room.
type RoomID string

// PeerName is the name of a peer, unique in its room.
type PeerName string

// CheckName returns a CodeBadRequest error that names the field unless s is 1 to 128 characters of
// A-Z a-z 0-9 . _ ~ : @ -
func CheckName(field, s string) error {
	if s == "" {
		return Errorf(CodeBadRequest, "%s is missing: want 1 to %d characters of A-Z a-z 0-9 . _ ~ : @ -", field, MaxName)
	}
	if len(s) > MaxName {
		return Errorf(CodeBadRequest, "%s is %d bytes long: want at most %d characters of A-Z a-z 0-9 . _ ~ : @ -", field, len(s), MaxName)
	}
	for i := range len(s) {
		if !nameChar(s[i]) {
			return Errorf(CodeBadRequest, "%s has a character that names cannot have: want A-Z a-z 0-9 . _ ~ : @ -", field)
		}
	}
	return nil
}

func nameChar(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return true
	}
	switch c {
	case '.', '_', '~', ':', '@', '-':
		return true
	}
	return false
}

// Errorf returns an Error whose message is for people; it must not contain a cause.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Msg: fmt.Sprintf(format, args...)}
}
