package http1

import (
	"errors"
	"io"
	"net"
	"os"
	"regexp"
	"testing"
	"time"
)

var addresses = regexp.MustCompile(`127\.0\.0\.1:\d+`)

// TestASocketFailsInTheWordsOfNet lets the same go wrong on a socket and on a connection of net.
func TestASocketFailsInTheWordsOfNet(t *testing.T) {
	past := time.Unix(1, 0)
	reset := func(c net.Conn) {
		_ = c.(*net.TCPConn).SetLinger(0)
		c.Close()
	}
	read := func(c net.Conn) error {
		_, err := c.Read(make([]byte, 1))
		return err
	}
	write := func(c net.Conn) (err error) {
		for err == nil { // until the buffers are full, or it is known that nobody reads
			_, err = c.Write(make([]byte, 1<<20))
		}
		return err
	}
	for name, story := range map[string]struct {
		before func(ours, other net.Conn)
		do     func(net.Conn) error
		is     error
	}{
		"a deadline":           {func(c, _ net.Conn) { _ = c.SetDeadline(past) }, read, os.ErrDeadlineExceeded},
		"a deadline of writes": {func(c, _ net.Conn) { _ = c.SetWriteDeadline(time.Now().Add(time.Millisecond)) }, write, os.ErrDeadlineExceeded},
		"the end":              {func(_, other net.Conn) { other.Close() }, read, io.EOF},
		"a reset":              {func(_, other net.Conn) { reset(other) }, read, nil},
		"closed":               {func(c, _ net.Conn) { c.Close() }, read, net.ErrClosed},
		"closed to writes":     {func(c, _ net.Conn) { c.Close() }, write, net.ErrClosed},
		"a broken pipe":        {func(c, _ net.Conn) { _ = c.(interface{ CloseWrite() error }).CloseWrite() }, write, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var said []string
			for _, wrap := range []func(net.Conn) net.Conn{
				func(c net.Conn) net.Conn { return c },
				func(c net.Conn) net.Conn { return newSocket(c) },
			} {
				l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
				if err != nil {
					t.Fatal(err)
				}
				defer l.Close()
				c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", l.Addr().String())
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
				other, err := l.Accept()
				if err != nil {
					t.Fatal(err)
				}
				defer other.Close()
				story.before(c, other)
				if err = story.do(wrap(c)); err == nil || story.is != nil && !errors.Is(err, story.is) {
					t.Fatalf("got %v, want %v", err, story.is)
				}
				said = append(said, addresses.ReplaceAllString(err.Error(), "x"))
			}
			if said[1] != said[0] {
				t.Errorf("got %s, of net %s", said[1], said[0])
			}
		})
	}
}
