package signaling_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-rtc/parley/internal/seal"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/signaling/signalingtest"
)

// FuzzSealed hands anything to who opens addresses, resume strings and passes: only what was sealed, unchanged, opens.
func FuzzSealed(f *testing.F) {
	sealer, err := seal.New(bytes.Repeat([]byte{7}, seal.KeySize))
	if err != nil {
		f.Fatal(err)
	}
	address := signaling.Address{Room: "r", FromConn: "a", FromName: "alice", ToConn: "b", ToName: "bob", ToDialect: "parley.v1", Expires: time.Unix(1e9, 0)}
	f.Add(address.Seal(sealer), "r", "alice")
	f.Add("", "", "")
	f.Add("AAAA", "r", "a")
	f.Fuzz(func(t *testing.T, text, room, name string) {
		if got, err := signaling.OpenAddress(sealer, text); err == nil && !cmp.Equal(got, address) {
			t.Fatalf("%q opens as %+v", text, got)
		}
		if len(room) <= signaling.MaxName && len(name) <= signaling.MaxName {
			own := address
			own.Room, own.ToName = signaling.RoomID(room), signaling.PeerName(name)
			if got, err := signaling.OpenAddress(sealer, own.Seal(sealer)); err != nil || !cmp.Equal(got, own) {
				t.Fatalf("got %+v, %v, want %+v", got, err, own)
			}
		}
		s := signalingtest.NewStage(t, signalingtest.NewMemory())
		s.Service.Grace = time.Minute
		s.Join("alice")
		s.Connect("mallory")
		err := s.Do("mallory", signaling.Join{Room: s.Room, Resume: text})
		if text != "" && (err == nil || signaling.Describe(err).Code != signaling.CodeForbidden) {
			t.Fatalf("a resume with %q: got %v, want forbidden", text, err)
		}
		err = s.Do("mallory", signaling.Join{Room: s.Room, Pass: text})
		if text != "" && (err == nil || signaling.Describe(err).Code != signaling.CodeForbidden) {
			t.Fatalf("a join with the pass %q: got %v, want forbidden", text, err)
		}
	})
}
