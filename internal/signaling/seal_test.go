package signaling_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-rtc/parley/internal/rescue"
	"github.com/parley-rtc/parley/internal/seal"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/signaling/signalingtest"
)

// TestWhatDoesNotFitIsNotSealed: a length that was cut off would make another's field of it.
func TestWhatDoesNotFitIsNotSealed(t *testing.T) {
	sealer, err := seal.New(bytes.Repeat([]byte{7}, seal.KeySize))
	ok(t, err)
	fields := []func(a *signaling.Address, text string){
		func(a *signaling.Address, text string) { a.Room = signaling.RoomID(text) },
		func(a *signaling.Address, text string) { a.FromConn = signaling.ConnID(text) },
		func(a *signaling.Address, text string) { a.FromName = signaling.PeerName(text) },
		func(a *signaling.Address, text string) { a.ToConn = signaling.ConnID(text) },
		func(a *signaling.Address, text string) { a.ToName = signaling.PeerName(text) },
		func(a *signaling.Address, text string) { a.ToDialect = text },
	}
	for i, set := range fields {
		for _, n := range []int{0, 1, 255, 256, 257, 511, 512, 1 << 16} {
			a := signaling.Address{
				Room: "r", FromConn: "a", FromName: "alice", ToConn: "b", ToName: "bob", ToDialect: "d", Expires: time.Unix(1e9, 0),
			}
			set(&a, strings.Repeat("x", n))
			var sealed string
			err := rescue.Do(func() error { sealed = a.Seal(sealer); return nil })
			if n > 255 {
				if err == nil {
					t.Errorf("field %d of %d bytes is sealed", i, n)
				}
				continue
			}
			if got, opened := signaling.OpenAddress(sealer, sealed); err != nil || opened != nil || !cmp.Equal(a, got) {
				t.Errorf("field %d of %d bytes: got %+v, %v, %v", i, n, got, err, opened)
			}
		}
	}
}

// TestAFieldTooLongForASealFailsItsRequest: the dialect refuses such names; what sees others anyway says so.
func TestAFieldTooLongForASealFailsItsRequest(t *testing.T) {
	s := signalingtest.NewStage(t, signalingtest.NewMemory())
	s.Service.Grace = time.Minute
	s.Connect("alice")
	err := s.Do("alice", signaling.Join{Room: s.Room, Peer: signaling.PeerName(strings.Repeat("x", 256))})
	if _, panicked := errors.AsType[*rescue.PanicError](err); !panicked {
		t.Fatalf("got %v", err)
	}
	s.WantTold("alice: error internal")
}

func TestAConnectionThatCouldNotBeSealedIsRefused(t *testing.T) {
	s := signalingtest.NewStage(t, signalingtest.NewMemory())
	from := s.From("alice")
	from.Conn = signaling.ConnID(strings.Repeat("x", 256))
	if err := s.Service.Connect(t.Context(), from, nil, ""); err == nil || strings.Contains(err.Error(), "xx") {
		t.Fatalf("got %v", err)
	}
	from.Conn = from.Conn[1:]
	ok(t, s.Service.Connect(t.Context(), from, nil, ""))
}
