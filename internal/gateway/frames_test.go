package gateway_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/dialect/native"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/signaling/signalingtest"
)

// asNative gives every client frames of parley.v1.
type asNative struct {
	mu      sync.Mutex
	largest int
}

func (n *asNative) Encode(_ string, ev signaling.Event) ([]byte, error) {
	frame, err := native.Codec{}.Encode(ev)
	n.mu.Lock()
	defer n.mu.Unlock()
	n.largest = max(n.largest, len(frame))
	return frame, err
}

// TestWhatARoomTakesEveryFrameCanCarry fills rooms until one more peer is refused, and then lets everybody ask for all of it.
func TestWhatARoomTakesEveryFrameCanCarry(t *testing.T) {
	for name, c := range map[string]struct {
		room, peer, data int // length of the names, and of the data
		atLeast          int // peers
	}{
		"short names":                {8, 8, 0, signaling.MaxSeats},
		"the longest names":          {signaling.MaxName, signaling.MaxName, 0, 130},
		"much data":                  {8, 8, 4 << 10, 24},
		"the longest names and data": {signaling.MaxName, signaling.MaxName, 400, 90},
	} {
		t.Run(name, func(t *testing.T) {
			s := signalingtest.NewStage(t, signalingtest.NewMemory())
			frames := &asNative{}
			s.Service.Encoder, s.Service.Seats = frames, signaling.MaxSeats
			s.Service.Grace, s.Service.FirstHosts = 30*time.Second, true // roles and losses are told, too
			s.Service.ICE = signaling.ICE{TURN: []string{"turns:turn.example.org:5349"}, Secret: "north", TTL: time.Hour}
			room := signaling.RoomID(strings.Repeat("r", c.room))
			seat := func(i int) signaling.PeerName {
				n := fmt.Sprint(i)
				return signaling.PeerName(n + strings.Repeat("p", c.peer-len(n)))
			}
			data := json.RawMessage(nil)
			if c.data > 0 {
				data = json.RawMessage(`"` + strings.Repeat("x", c.data-2) + `"`)
			}
			// The first are put there, for each who joins is told to all who have; from there on they have to join.
			var err error
			joined := 0
			for ; joined < c.atLeast-3; joined++ {
				client := fmt.Sprint("c", joined)
				s.Connect(client)
				p := signaling.Peer{
					Name: seat(joined), Conn: s.Conn(client), Dialect: "text", Data: data, Joined: s.Now.Add(time.Duration(joined) * time.Millisecond),
				}
				if _, err := s.Store.AddPeer(t.Context(), room, p, signaling.Terms{Default: signaling.MaxSeats}, s.Now); err != nil {
					t.Fatal(err)
				}
			}
			s.Now = s.Now.Add(time.Second)
			for ; err == nil && joined < signaling.MaxSeats; joined++ {
				client := fmt.Sprint("c", joined)
				s.Connect(client)
				err = s.Do(client, signaling.Join{Room: room, Peer: seat(joined), Data: data})
			}
			if err != nil {
				joined--
				if signaling.Describe(err).Code != signaling.CodeTooLarge {
					t.Fatal(err)
				}
			}
			if joined < c.atLeast {
				t.Errorf("%d peers fit, want %d", joined, c.atLeast)
			}
			for i := range joined {
				if i%2 == 1 { // a lost peer is longer in the roster
					p := signaling.Peer{Name: seat(i), Conn: s.Conn(fmt.Sprint("c", i))}
					if _, err := s.Store.MarkLost(t.Context(), room, p.Name, p.Conn, s.Now.Add(time.Minute), s.Now); err != nil {
						t.Fatal(err)
					}
				}
			}
			for i := 0; i < joined; i += 20 {
				client := fmt.Sprint("c", i)
				if err := s.Do(client, signaling.ListRoster{Room: room}); err != nil {
					t.Fatalf("%s of %d: %v", client, joined, err)
				}
				if err := s.Do(client, signaling.Join{Room: room, Peer: seat(i)}); err != nil {
					t.Fatalf("%s of %d: %v", client, joined, err)
				}
			}
			if frames.largest > signaling.MaxFrame {
				t.Errorf("a frame of %d bytes", frames.largest)
			}
			// Nor can it grow beyond that by what peers say of themselves.
			big := json.RawMessage(`"` + strings.Repeat("x", 4<<10-2) + `"`)
			grown := 0
			for i := 0; i < joined; i += 4 {
				switch err := s.Do(fmt.Sprint("c", i), signaling.Update{Room: room, Data: big}); {
				case err == nil:
					grown++
				case signaling.Describe(err).Code != signaling.CodeTooLarge:
					t.Fatal(err)
				}
			}
			if err := s.Do("c0", signaling.ListRoster{Room: room}); err != nil {
				t.Errorf("after %d have grown: %v", grown, err)
			}
		})
	}
}
