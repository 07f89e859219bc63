package apigw

import (
	"bytes"
	"errors"
	"io"
	"net"
	"testing"
	"testing/iotest"

	"github.com/gobwas/ws"
)

// source is a socket that has something to read.
type source struct {
	net.Conn
	r io.Reader
}

func (s source) Read(p []byte) (int, error) { return s.r.Read(p) }

// FuzzHeader: headers of frames are read as gobwas/ws reads them, however they come.
func FuzzHeader(f *testing.F) {
	f.Add([]byte{0x81, 0x85, 1, 2, 3, 4, 'h', 'e', 'l', 'l', 'o', 0x89, 0x80, 5, 6, 7, 8}, uint8(3))
	f.Add([]byte{0x01, 0xfe, 0, 126, 1, 2, 3, 4}, uint8(0))
	f.Add([]byte{0xf2, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0}, uint8(20))
	f.Add([]byte{0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4}, uint8(1))
	f.Fuzz(func(t *testing.T, stream []byte, early uint8) {
		n := min(int(early), len(stream))
		in := &input{early: stream[:n], socket: source{r: iotest.OneByteReader(bytes.NewReader(stream[n:]))}}
		whole := bytes.NewReader(stream)
		for {
			got, err := in.header()
			want, wantErr := ws.ReadHeader(whole)
			if (err == nil) != (wantErr == nil) || errors.Is(err, errLength) != errors.Is(wantErr, ws.ErrHeaderLengthMSB) {
				t.Fatalf("got %v, want %v", err, wantErr)
			}
			if err != nil {
				return
			}
			if got != want {
				t.Fatalf("got %+v, want %+v", got, want)
			}
			skipped, _ := io.CopyN(io.Discard, in, got.Length)
			if skip, _ := io.CopyN(io.Discard, whole, got.Length); skip != skipped {
				t.Fatalf("%d bytes behind the header, want %d", skipped, skip)
			}
		}
	})
}
