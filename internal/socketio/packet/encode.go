package packet

import (
	"encoding/json"
	"strconv"
	"time"
)

// What every server sends as it is.
var (
	Ping = []byte{byte(TypePing)}
	Noop = []byte{byte(TypeNoop)}
)

// Pong returns the answer to a ping with that data.
func Pong(data []byte) []byte { return append([]byte{byte(TypePong)}, data...) }

// Open returns the first frame of a connection, of whose payloads maxPayload bounds the bytes.
func Open(v Version, sid string, pingInterval, pingTimeout time.Duration, maxPayload int) []byte {
	b := append(make([]byte, 0, 128+len(sid)), `0{"sid":`...)
	b = append(appendQuoted(b, sid), `,"upgrades":[],"pingInterval":`...)
	b = append(strconv.AppendInt(b, pingInterval.Milliseconds(), 10), `,"pingTimeout":`...)
	b = strconv.AppendInt(b, pingTimeout.Milliseconds(), 10)
	if v >= V4 {
		b = strconv.AppendInt(append(b, `,"maxPayload":`...), int64(maxPayload), 10)
	}
	return append(b, '}')
}

// Connect returns the frame that tells a client it is connected to the namespace: as whom, and with
// which private id it may recover, if that is not "". Clients 2.x are told neither.
func Connect(v Version, namespace, sid, pid string) []byte {
	b := header(KindConnect, 0, namespace, NoID, 32+len(sid)+len(pid))
	if v == V3 {
		return b
	}
	b = appendQuoted(append(b, `{"sid":`...), sid)
	if pid != "" {
		b = appendQuoted(append(b, `,"pid":`...), pid)
	}
	return append(b, '}')
}

// ConnectError returns the frame that refuses the namespace. Clients 2.x get the data, if there is
// any, in place of the message.
func ConnectError(v Version, namespace, message string, data json.RawMessage) []byte {
	b := header(KindConnectError, 0, namespace, NoID, 32+len(message)+len(data))
	switch {
	case v == V3 && data != nil:
		return append(b, data...)
	case v == V3:
		return appendQuoted(b, message)
	}
	b = appendQuoted(append(b, `{"message":`...), message)
	if data != nil {
		b = append(append(b, `,"data":`...), data...)
	}
	return append(b, '}')
}

// Disconnect returns the frame that ends what the client has with the namespace.
func Disconnect(namespace string) []byte { return header(KindDisconnect, 0, namespace, NoID, 0) }

// Event returns the frames of an event: its own, and one for each attachment that its arguments have a
// placeholder for. The others are left out, and the placeholders numbered anew. Arguments are valid
// JSON; id may be NoID. It fails with ErrReserved or another Error if its receiver could not read it.
func Event(
	v Version, namespace string, id int64, name string, args []json.RawMessage, attachments []string,
) ([][]byte, error) {
	if Reserved(v, name) {
		return nil, ErrReserved
	}
	return encode(v, KindEvent, namespace, id, &name, args, attachments)
}

// Ack returns the frames of an acknowledgement, likewise.
func Ack(
	v Version, namespace string, id int64, args []json.RawMessage, attachments []string,
) ([][]byte, error) {
	return encode(v, KindAck, namespace, id, nil, args, attachments)
}

// Encode returns the packet's own frame, without those of its attachments and without its query.
func (p Packet) Encode() []byte {
	return append(header(p.Kind, p.Attachments, p.Namespace, p.ID, len(p.Data)), p.Data...)
}

func encode(
	v Version, kind Kind, namespace string, id int64, name *string, args []json.RawMessage, attachments []string,
) ([][]byte, error) {
	var used []int
	if len(attachments) > 0 {
		var err error
		if args, used, err = renumber(args, len(attachments)); err != nil {
			return nil, err
		}
	}
	if len(used) > 0 {
		kind += KindBinaryEvent - KindEvent
	}
	size := 4
	if name != nil {
		size += 8 + len(*name)
	}
	for _, arg := range args {
		size += len(arg) + 1
	}
	b := append(header(kind, len(used), namespace, id, size), '[')
	if name != nil {
		b = appendQuoted(b, *name)
	}
	for i, arg := range args {
		if i > 0 || name != nil {
			b = append(b, ',')
		}
		b = append(b, arg...)
	}
	frames := append(make([][]byte, 0, 1+len(used)), append(b, ']'))
	for _, n := range used {
		frames = append(frames, attachment(v, attachments[n]))
	}
	return frames, nil
}

// header returns what a packet begins with, with room for so many bytes more.
func header(kind Kind, attachments int, namespace string, id int64, room int) []byte {
	b := append(make([]byte, 0, 32+len(namespace)+room), byte(TypeMessage), byte(kind))
	if attachments > 0 {
		b = append(strconv.AppendInt(b, int64(attachments), 10), '-')
	}
	if namespace != "/" {
		b = append(append(b, namespace...), ',')
	}
	if id != NoID {
		b = strconv.AppendInt(b, id, 10)
	}
	return b
}
