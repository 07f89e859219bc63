package packet

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// Decode reads a frame. What it returns shares the frame's bytes. The error is an Error.
func Decode(v Version, frame []byte) (Frame, error) {
	if len(frame) == 0 {
		return Frame{}, errEmpty
	}
	if !utf8.Valid(frame) {
		return Frame{}, errUTF8
	}
	f, rest := Frame{Type: Type(frame[0])}, frame[1:]
	var err error
	switch f.Type {
	case TypeMessage:
		f.Packet, err = decodePacket(v, rest)
	case TypeBinary:
		f.Attachment, err = decodeAttachment(v, rest)
	case TypeOpen, TypeClose, TypePing, TypePong, TypeUpgrade, TypeNoop:
		f.Data = rest
	default:
		err = errType
	}
	if err != nil {
		return Frame{}, err
	}
	return f, nil
}

func decodePacket(v Version, b []byte) (Packet, error) {
	if len(b) == 0 || b[0] < byte(KindConnect) || b[0] > byte(KindBinaryAck) {
		return Packet{}, errKind
	}
	p, b := Packet{Version: v, Kind: Kind(b[0]), ID: NoID}, b[1:]
	if p.Kind == KindBinaryEvent || p.Kind == KindBinaryAck {
		digits := digitsOf(b)
		n := number(b[:digits], MaxAttachments)
		if n < 1 || digits == len(b) || b[digits] != '-' {
			return p, errAttachments
		}
		p.Attachments, b = int(n), b[digits+1:]
	}
	p.Namespace, p.Query, b = namespace(v, b)
	if digits := digitsOf(b); digits > 0 {
		if p.ID = number(b[:digits], maxID); p.ID < 0 {
			return p, errID
		}
		b = b[digits:]
	}
	if len(b) == 0 {
		return p, nil
	}
	if !p.takes(b[0]) {
		return p, errPayload
	}
	if !json.Valid(b) {
		return p, errJSON
	}
	p.Data = b
	if p.Binary() {
		return p, check(b, p.Attachments)
	}
	return p, nil
}

// takes reports whether the packet's payload may be what begins so.
func (p Packet) takes(first byte) bool {
	switch p.Kind {
	case KindConnect:
		return first == '{' || p.Version == V3 && (first == '[' || first == 'n')
	case KindConnectError:
		return first == '{' || first == '"' || p.Version == V3 && (first == '[' || first == 'n')
	case KindDisconnect:
		return false
	default:
		return first == '['
	}
}

// namespace takes what names one off b, which need not: "/" is meant then.
func namespace(v Version, b []byte) (name, query string, rest []byte) {
	if len(b) == 0 || b[0] != '/' {
		return "/", "", b
	}
	written, rest, _ := bytes.Cut(b, []byte{','})
	if v == V3 {
		var after []byte
		written, after, _ = bytes.Cut(written, []byte{'?'})
		query = string(after)
	}
	return string(written), query, rest
}

// maxID is the largest number that JavaScript counts to.
const maxID = 1<<53 - 1

func digitsOf(b []byte) (n int) {
	for n < len(b) && '0' <= b[n] && b[n] <= '9' {
		n++
	}
	return n
}

// number returns what the digits say, or -1 if that is more than most.
func number(digits []byte, most int64) (n int64) {
	for _, d := range digits {
		if n = n*10 + int64(d-'0'); n > most {
			return -1
		}
	}
	return n
}
