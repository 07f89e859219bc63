package store_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/parley-rtc/parley/internal/metrics"
	"github.com/parley-rtc/parley/internal/signaling"
)

// billed is what localdev has charged so far.
func billed(t *testing.T, db *dynamodb.Client) (wru, rru float64) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, aws.ToString(db.Options().BaseEndpoint)+"/_localdev/bill", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var bill struct{ WRU, RRU float64 }
	if err := json.NewDecoder(resp.Body).Decode(&bill); err != nil {
		t.Fatal(err)
	}
	return bill.WRU, bill.RRU
}

// overtaken lets something happen just before the first PutItem.
type overtaken struct {
	mu sync.Mutex
	by func()
}

func (c *overtaken) Do(r *http.Request) (*http.Response, error) {
	c.mu.Lock()
	by := c.by
	if strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".PutItem") {
		c.by = nil
	} else {
		by = nil
	}
	c.mu.Unlock()
	if by != nil {
		by()
	}
	return steady.Do(r)
}

// TestWhatIsCountedIsWhatIsCharged compares what each operation counts with localdev's bill, above all where a condition fails on
// an item of many KB: AWS charges for those by their size, and its answer does not say so.
func TestWhatIsCountedIsWhatIsCharged(t *testing.T) {
	db := engine(t)
	client := &overtaken{}
	s := open(dynamodb.New(db.Options(), func(o *dynamodb.Options) { o.HTTPClient = client }))
	now := time.Date(2031, 5, 1, 12, 0, 0, 0, time.UTC)
	room, empty := signaling.RoomID(rand.Text()), signaling.RoomID(rand.Text())
	conn := signaling.ConnID(rand.Text())
	box := signaling.Mailbox{Peer: "alice", Seat: now, Loss: 7, Until: now.Add(time.Minute)}
	later := signaling.Mailbox{Peer: "alice", Seat: now, Loss: 6, Until: now.Add(time.Minute)}
	data := json.RawMessage(`"` + strings.Repeat("x", 4000) + `"`)
	terms := signaling.Terms{Default: 3}
	peer := func(name signaling.PeerName, on signaling.ConnID) signaling.Peer {
		return signaling.Peer{Name: name, Conn: on, Dialect: "d", Joined: now, Data: data}
	}
	add := func(id signaling.RoomID, p signaling.Peer, terms signaling.Terms) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := s.AddPeer(ctx, id, p, terms, now)
			return err
		}
	}
	mail := func(box signaling.Mailbox, bytes int) func(context.Context) error {
		return func(ctx context.Context) error {
			m := signaling.Mail{From: "bob", Data: json.RawMessage(strings.Repeat("1", bytes)), N: json.RawMessage("-12")}
			return s.KeepMail(ctx, room, box, m, now)
		}
	}
	board := func(do func(context.Context) (int64, error)) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := do(ctx)
			return err
		}
	}
	stroke := []json.RawMessage{data}
	for _, tt := range []struct {
		name  string
		do    func(context.Context) error
		fails error   // with that
		wru   float64 // at least
	}{
		{"a room is opened", add(room, peer("alice", conn), terms), nil, 4},
		{"a second peer", add(room, peer("bob", "b"), terms), nil, 8},
		{"a name that is taken", add(room, peer("alice", "other"), terms), signaling.ErrRefused, 8},
		{"a third peer", add(room, peer("carol", "c"), terms), nil, 12},
		{"no seat", add(room, peer("dora", "d"), terms), signaling.ErrRefused, 12},
		{"a second look", add(room, peer("dora", "d"), signaling.Terms{Seats: 9, Default: 3}), signaling.ErrRefused, 12},
		{"data of somebody else", func(ctx context.Context) error {
			_, err := s.SetData(ctx, room, "alice", "other", data, data, now)
			return err
		}, signaling.ErrNoPeer, 12},
		{"a leave of somebody else", func(ctx context.Context) error {
			_, err := s.RemovePeer(ctx, room, "alice", "other", now)
			return err
		}, signaling.ErrNoPeer, 12},
		{"a loss of somebody else", func(ctx context.Context) error {
			_, err := s.MarkLost(ctx, room, "alice", "other", now, now)
			return err
		}, signaling.ErrNoPeer, 12},
		{"a resume of somebody else", func(ctx context.Context) error {
			_, err := s.Resume(ctx, room, peer("alice", "new"), peer("alice", "other"), now)
			return err
		}, signaling.ErrNoPeer, 12},
		{"a lock by somebody else", func(ctx context.Context) error {
			_, err := s.SetLocked(ctx, room, "alice", "other", true, now)
			return err
		}, signaling.ErrNoPeer, 12},
		{"nobody to prune", func(ctx context.Context) error {
			_, err := s.Prune(ctx, room, []signaling.Peer{peer("alice", "other")}, nil, now)
			return err
		}, signaling.ErrNoPeer, 12},
		{"a knock under a name that is taken", func(ctx context.Context) error {
			door := signaling.Door{Empty: true, Open: true}
			_, err := s.AddKnock(ctx, room, signaling.Waiting{Name: "alice", Conn: "w", At: now}, door, now)
			return err
		}, signaling.ErrRefused, 12},
		{"no knock", func(ctx context.Context) error {
			_, err := s.EndKnock(ctx, room, "nobody", "w", now)
			return err
		}, signaling.ErrNoPeer, 12},
		{"nobody is busy", func(ctx context.Context) error {
			return s.SetBusy(ctx, room, "alice", conn, now, now, now)
		}, signaling.ErrNoPeer, 12},
		{"an opening that is overtaken", func(ctx context.Context) error {
			client.mu.Lock()
			client.by = func() {
				if err := add(empty, peer("rival", "r"), terms)(ctx); err != nil {
					t.Error(err)
				}
			}
			client.mu.Unlock()
			return add(empty, peer("alice", conn), terms)(ctx)
		}, nil, 4 + 4 + 8}, // the rival's, which is counted as well, its own that failed, and the second one
		{"mail", mail(box, 60_000), nil, 58},
		{"more mail", mail(box, 60_000), nil, 117},
		{"too much mail", mail(box, 60_000), signaling.ErrRefused, 117},
		{"mail for an earlier loss", mail(later, 1), signaling.ErrNoPeer, 117},
		{"an earlier mailbox is closed", func(ctx context.Context) error {
			_, err := s.CloseMail(ctx, room, later, now)
			return err
		}, signaling.ErrNoPeer, 117},
		{"a connection", func(ctx context.Context) error {
			r := &signaling.Rights{User: strings.Repeat("u", 3000), Expires: now.Add(time.Hour)}
			return s.Connect(ctx, signaling.Connection{ID: conn, Dialect: "d", Opened: now, Rights: r})
		}, nil, 3},
		{"a connection in a room", func(ctx context.Context) error {
			_, err := s.Enter(ctx, conn, room, "alice", signaling.Quota{Rooms: 1, Joins: 9}, now)
			return err
		}, nil, 4},
		{"a connection in too many", func(ctx context.Context) error {
			_, err := s.Enter(ctx, conn, empty, "alice", signaling.Quota{Rooms: 1, Joins: 9}, now)
			return err
		}, signaling.ErrTooManyRooms, 4},
		{"a connection that joins too often", func(ctx context.Context) error {
			_, err := s.Enter(ctx, conn, empty, "alice", signaling.Quota{Joins: 1}, now)
			return err
		}, signaling.ErrTooManyJoins, 4},
		{"a connection in another room", func(ctx context.Context) error {
			_, _, err := s.Exit(ctx, conn, empty)
			return err
		}, signaling.ErrNotInRoom, 4},
		{"a flood, twice", func(ctx context.Context) error {
			_, first := s.Debit(ctx, conn, time.Second, now)
			_, second := s.Debit(ctx, conn, time.Second, now.Add(time.Hour)) // even since: it takes two writes
			return errors.Join(first, second)
		}, nil, 12},
		{"a connection's state", func(ctx context.Context) error { return s.SetState(ctx, conn, "", "blue") }, nil, 4},
		{"a state that changed", func(ctx context.Context) error {
			return s.SetState(ctx, conn, "", "blue")
		}, signaling.ErrChanged, 4},
		{"a state of nobody", func(ctx context.Context) error { return s.SetState(ctx, "none", "", "blue") }, signaling.ErrGone, 1},
		{"a connection's rights", func(ctx context.Context) error { return s.SetRights(ctx, conn, &signaling.Rights{User: "ada"}) }, nil, 4},
		{"rights of nobody", func(ctx context.Context) error {
			return s.SetRights(ctx, "none", &signaling.Rights{User: "ada"})
		}, signaling.ErrGone, 1},
		{"a connection that is not there", func(ctx context.Context) error {
			_, err := s.Enter(ctx, "none", room, "alice", signaling.Quota{}, now)
			return err
		}, signaling.ErrGone, 1},
		{"an action's item", board(func(ctx context.Context) (int64, error) {
			return s.PutItem(ctx, room, "board", stroke, 0, now)
		}), nil, 4},
		{"an item that changed", board(func(ctx context.Context) (int64, error) {
			return s.PutItem(ctx, room, "board", nil, 9, now)
		}), signaling.ErrChanged, 4},
		{"an item that is full", board(func(ctx context.Context) (int64, error) {
			return s.AppendItem(ctx, room, "board", data, 5000, now)
		}), signaling.ErrFull, 4},
		{"reads", func(ctx context.Context) error {
			_, stale := s.Room(ctx, room, now, false)
			_, fresh := s.Room(ctx, room, now, true)
			return errors.Join(stale, fresh)
		}, nil, 0},
	} {
		ctx, tally := metrics.With(t.Context())
		wru, rru := billed(t, db)
		if err := tt.do(ctx); !errors.Is(err, tt.fails) {
			t.Fatalf("%s: got %v, want %v", tt.name, err, tt.fails)
		}
		nowWRU, nowRRU := billed(t, db)
		got, want := tally.Count(), metrics.Count{WRU: nowWRU - wru, RRU: nowRRU - rru}
		if got.WRU != want.WRU || got.RRU != want.RRU || want.WRU < tt.wru {
			t.Errorf("%s: counts %v WRU and %v RRU, is charged %v and %v, want at least %v WRU",
				tt.name, got.WRU, got.RRU, want.WRU, want.RRU, tt.wru)
		}
	}
}
