package apigw

import (
	"errors"
	"net"

	"github.com/gobwas/ws"
)

// input is a small read buffer: it takes a short frame with one read of the socket, and a long
// frame's start.
type input struct {
	socket net.Conn
	early  []byte // what came with the handshake
	r, w   int
	buf    [512]byte
}

// Read implements io.Reader.
func (in *input) Read(p []byte) (int, error) {
	if in.r == in.w {
		if len(in.early) > 0 {
			n := copy(p, in.early)
			in.early = in.early[n:]
			return n, nil
		}
		if len(p) >= len(in.buf) {
			return in.socket.Read(p)
		}
		n, err := in.socket.Read(in.buf[:])
		in.r, in.w = 0, n
		if n == 0 {
			return 0, err
		}
	}
	n := copy(p, in.buf[in.r:in.w])
	in.r += n
	return n, nil
}

// header reads the header of a frame.
func (in *input) header() (h ws.Header, err error) {
	b, err := in.ahead(2)
	if err != nil {
		return h, err
	}
	h.Fin, h.Rsv, h.OpCode = b[0]&0x80 != 0, b[0]&0x70>>4, ws.OpCode(b[0]&0x0f)
	h.Masked, h.Length = b[1]&0x80 != 0, int64(b[1]&0x7f)
	size, long := 2, 0
	switch h.Length {
	case 126:
		long = 2
	case 127:
		long = 8
	}
	if size += long; h.Masked {
		size += len(h.Mask)
	}
	if b, err = in.ahead(size); err != nil {
		return h, err
	}
	if long > 0 {
		h.Length = 0
		for _, c := range b[2 : 2+long] {
			h.Length = h.Length<<8 | int64(c)
		}
	}
	if h.Masked {
		copy(h.Mask[:], b[2+long:])
	}
	in.r += size
	if h.Length < 0 {
		return h, errLength
	}
	return h, nil
}

// ahead returns the next n bytes, which are few, and are read again.
func (in *input) ahead(n int) ([]byte, error) {
	for in.w-in.r < n {
		if in.r > 0 {
			in.w = copy(in.buf[:], in.buf[in.r:in.w])
			in.r = 0
		}
		if len(in.early) > 0 {
			took := copy(in.buf[in.w:], in.early)
			in.early = in.early[took:]
			in.w += took
			continue
		}
		took, err := in.socket.Read(in.buf[in.w:])
		in.w += took
		if took == 0 && err != nil {
			return nil, err
		}
	}
	return in.buf[in.r : in.r+n], nil
}

// errLength is a length that nothing can have.
var errLength = errors.New("bad frame length")
