package store_test

import (
	"crypto/rand"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/parley-rtc/parley/internal/dialect/sip"
	"github.com/parley-rtc/parley/internal/dialect/socketio"
	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/store"
)

var unexported = cmpopts.IgnoreUnexported(types.AttributeValueMemberS{}, types.AttributeValueMemberN{}, types.AttributeValueMemberM{},
	types.AttributeValueMemberL{}, types.AttributeValueMemberSS{}, types.AttributeValueMemberB{}, types.AttributeValueMemberBOOL{})

type items = []map[string]types.AttributeValue

func scan(t *testing.T, db *dynamodb.Client, table string) items {
	t.Helper()
	out, err := db.Scan(t.Context(), &dynamodb.ScanInput{TableName: &table})
	if err != nil {
		t.Fatal(err)
	}
	return out.Items
}

// setVersion makes all items of both tables those of another release; 0 takes the version away.
func setVersion(t *testing.T, db *dynamodb.Client, v string) {
	t.Helper()
	for table, keys := range map[string][]string{connections: {"connection"}, rooms: {"room", "item"}} {
		for _, it := range scan(t, db, table) {
			in := &dynamodb.UpdateItemInput{TableName: aws.String(table), Key: map[string]types.AttributeValue{}, UpdateExpression: aws.String("REMOVE v")}
			for _, k := range keys {
				in.Key[k] = it[k]
			}
			if v != "0" {
				in.UpdateExpression = aws.String("SET v = :v")
				in.ExpressionAttributeValues = map[string]types.AttributeValue{":v": &types.AttributeValueMemberN{Value: v}}
			}
			if _, err := db.UpdateItem(t.Context(), in); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// act is one use of each method that writes, and what it says.
type act struct {
	name string
	do   func() error
}

func acts(t *testing.T, s *store.Store, room signaling.RoomID, conn signaling.ConnID, now time.Time) []act {
	ctx, socket := t.Context(), socketio.SessionKey{Conn: conn, Namespace: "/"}
	return []act{
		{"AddPeer", func() error {
			_, err := s.AddPeer(ctx, room, signaling.Peer{Name: "bob", Conn: conn + "-bob", Joined: now}, signaling.Terms{Default: 4}, now)
			return err
		}},
		{"AddPeer, the name taken", func() error {
			_, err := s.AddPeer(ctx, room, signaling.Peer{Name: "alice", Conn: conn + "-other", Joined: now}, signaling.Terms{Default: 4}, now)
			return err
		}},
		{"SetData", func() error {
			_, err := s.SetData(ctx, room, "alice", conn, json.RawMessage("1"), nil, now)
			return err
		}},
		{"RemovePeer", func() error {
			_, err := s.RemovePeer(ctx, room, "alice", conn, now)
			return err
		}},
		{"Enter", func() error {
			_, err := s.Enter(ctx, conn, room, "alice", signaling.Quota{Rooms: 2, Joins: 9}, now)
			return err
		}},
		{"SetState", func() error { return s.SetState(ctx, conn, "", "x") }},
		{"SetRights", func() error { return s.SetRights(ctx, conn, &signaling.Rights{User: "ada"}) }},
		{"Debit", func() error {
			_, err := s.Debit(ctx, conn, time.Second, now)
			return err
		}},
		{"AddKnock", func() error {
			_, err := s.AddKnock(ctx, room, signaling.Waiting{Name: "dora", Conn: conn + "-dora", At: now}, signaling.Door{Empty: true, Open: true}, now)
			return err
		}},
		{"EndKnock", func() error {
			_, err := s.EndKnock(ctx, room, "dora", conn+"-dora", now)
			return err
		}},
		{"Exit", func() error {
			_, _, err := s.Exit(ctx, conn, room)
			return err
		}},
		{"AddEntry", func() error {
			_, err := s.AddEntry(ctx, topic, directory.Entry{Conn: conn + "-bob", Listed: now}, ofTwo, nil, now)
			return err
		}},
		{"RemoveEntry", func() error {
			_, err := s.RemoveEntry(ctx, topic, conn, now, now)
			return err
		}},
		{"Entries", func() error {
			_, err := s.Entries(ctx, topic, now, true)
			return err
		}},
		{"NoteName", func() error { _, err := s.NoteName(ctx, conn, "d", topic, 2, 2); return err }},
		{"DropName", func() error { return s.DropName(ctx, conn, directory.Name{Space: "test", Name: "other"}, 2) }},
		{"TakeNames", func() error {
			_, err := s.TakeNames(ctx, conn)
			return err
		}},
		{"Disconnect", func() error {
			_, err := s.Disconnect(ctx, conn)
			return err
		}},
		{"AddPeer after the room has expired", func() error {
			_, err := s.AddPeer(ctx, room, signaling.Peer{Name: "carol", Conn: conn + "-carol", Joined: now}, signaling.Terms{Default: 4}, now.Add(24*time.Hour))
			return err
		}},
		{"Save", func() error { return s.Save(ctx, socket, "s", now.Add(time.Minute), now) }},
		{"Append", func() error {
			_, err := s.Append(ctx, socket, []string{"a"}, true, now.Add(time.Minute), now)
			return err
		}},
		{"Append, too much", func() error {
			_, err := s.Append(ctx, socket, make([]string, socketio.MaxFrames+1), true, now.Add(time.Minute), now)
			return err
		}},
		{"Claim", func() error {
			_, _, err := s.Claim(ctx, socket, now)
			return err
		}},
		{"Drain", func() error {
			_, err := s.Drain(ctx, socket, now)
			return err
		}},
		{"AddPiece", func() error {
			_, _, err := s.AddPiece(ctx, conn, socketio.Piece{At: now, Frame: "b"}, now.Add(time.Minute), now)
			return err
		}},
		{"AddEntry, amended", func() error {
			terms := directory.Terms{Rule: directory.Many, Limit: 9, Amend: as(directory.Amended{}, nil)}
			_, err := s.AddEntry(ctx, topic, directory.Entry{Conn: conn + "-dora", Listed: now}, terms, nil, now)
			return err
		}},
		{"NoteBranch", func() error {
			_, err := s.NoteBranch(ctx, string(conn), sip.Note{Branch: 1, Answered: true}, now.Add(time.Minute), now)
			return err
		}},
		{"NoteBranch of what is over", func() error {
			later := now.Add(time.Hour)
			_, err := s.NoteBranch(ctx, string(conn), sip.Note{Cancelled: true}, later.Add(time.Minute), later)
			return err
		}},
		{"Transaction", func() error {
			_, err := s.Transaction(ctx, string(conn), now)
			return err
		}},
		{"TakePieces", func() error { return s.TakePieces(ctx, conn, 2, nil, now) }},
		{"Save what is over", func() error { return s.Save(ctx, socket, "s", now.Add(time.Hour), now.Add(time.Hour)) }},
		{"Room", func() error {
			_, err := s.Room(ctx, room, now, true)
			return err
		}},
		{"Key", func() error {
			_, err := s.Key(ctx)
			return err
		}},
		{"Spend", func() error {
			_, err := s.Spend(ctx, now, 1)
			return err
		}},
	}
}

var ofTwo = directory.Terms{Rule: directory.Many, Limit: 2}

// inhabited returns a store with one peer in one room and under two names, a lost socket, a piece, a forked request, the
// address key and a month's spending.
func inhabited(t *testing.T, db *dynamodb.Client, now time.Time) (*store.Store, signaling.RoomID, signaling.ConnID) {
	t.Helper()
	s := open(db)
	room, conn := signaling.RoomID(rand.Text()), signaling.ConnID(rand.Text())
	ctx := t.Context()
	_, keyErr := s.Key(ctx)
	_, spendErr := s.Spend(ctx, now, 1)
	_, peerErr := s.AddPeer(ctx, room, signaling.Peer{Name: "alice", Conn: conn, Joined: now}, signaling.Terms{Default: 4}, now)
	connectErr := s.Connect(ctx, signaling.Connection{ID: conn, Dialect: "d", Opened: now})
	_, enterErr := s.Enter(ctx, conn, room, "alice", signaling.Quota{}, now)
	_, listErr := s.AddEntry(ctx, topic, directory.Entry{Conn: conn, Dialect: "d", Listed: now}, ofTwo, nil, now)
	_, noteErr := s.NoteName(ctx, conn, "d", topic, 2, 1)
	_, otherErr := s.NoteName(ctx, conn, "d", directory.Name{Space: "test", Name: "other"}, 2, 1)
	saveErr := s.Save(ctx, socketio.SessionKey{Conn: conn, Namespace: "/"}, "s", now.Add(time.Minute), now)
	_, _, pieceErr := s.AddPiece(ctx, conn, socketio.Piece{At: now, Frame: "b"}, now.Add(time.Minute), now)
	_, branchErr := s.NoteBranch(ctx, string(conn), sip.Note{Of: 2}, now.Add(time.Minute), now)
	for _, err := range []error{branchErr, saveErr, pieceErr, connectErr, enterErr, keyErr, spendErr, peerErr, listErr, noteErr, otherErr} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return s, room, conn
}

func TestWhoWritesAnItemSaysItsVersion(t *testing.T) {
	db := engine(t)
	now := time.Date(2031, 5, 1, 12, 0, 0, 0, time.UTC)
	s, room, conn := inhabited(t, db, now)
	all := func() items { return append(scan(t, db, connections), scan(t, db, rooms)...) }
	said := func(it map[string]types.AttributeValue) bool {
		n, ok := it["v"].(*types.AttributeValueMemberN)
		return ok && n.Value == "1"
	}
	for _, it := range all() {
		if !said(it) {
			t.Errorf("made with v = %v: %v", it["v"], it)
		}
	}
	changed := 0
	for _, a := range acts(t, s, room, conn, now) {
		setVersion(t, db, "0")
		before := all()
		_ = a.do() // some are refused, and change nothing
		for _, it := range all() {
			same := slices.ContainsFunc(before, func(b map[string]types.AttributeValue) bool { return cmp.Equal(b, it, unexported) })
			if same {
				continue
			}
			changed++
			if !said(it) {
				t.Errorf("%s leaves v = %v: %v", a.name, it["v"], it)
			}
		}
	}
	if changed != 27 { // all but the refused AddPeer and Append, Entries, Transaction, Disconnect, Room and Key
		t.Errorf("%d items were changed", changed)
	}
}

func TestItemsOfTheFirstReleaseAreUnderstood(t *testing.T) {
	db := engine(t)
	now := time.Date(2031, 5, 1, 12, 0, 0, 0, time.UTC)
	s, room, conn := inhabited(t, db, now)
	setVersion(t, db, "0")
	r, err := s.AddPeer(t.Context(), room, signaling.Peer{Name: "bob", Conn: "b", Joined: now}, signaling.Terms{Default: 4}, now)
	if err != nil || len(r.Peers) != 2 {
		t.Fatalf("got %+v, %v", r, err)
	}
	if left, err := s.Disconnect(t.Context(), conn); err != nil || left.Rooms[room] != "alice" {
		t.Fatalf("got %v, %v", left, err)
	}
}

func TestItemsOfANewerReleaseAreLeftAsTheyAre(t *testing.T) {
	db := engine(t)
	now := time.Date(2031, 5, 1, 12, 0, 0, 0, time.UTC)
	s, room, conn := inhabited(t, db, now)
	setVersion(t, db, "2")
	wantConnections, wantRooms := scan(t, db, connections), scan(t, db, rooms)
	for _, a := range acts(t, s, room, conn, now) {
		if err := a.do(); err == nil || !strings.Contains(err.Error(), "a newer release wrote this item: its layout is 2 and this release knows up to 1") {
			t.Errorf("%s: got %v, want to be told of the newer release", a.name, err)
		} else if got := signaling.Describe(err); got.Code != signaling.CodeInternal {
			t.Errorf("%s: a client would be told %v", a.name, got)
		}
	}
	if diff := cmp.Diff(wantConnections, scan(t, db, connections), unexported); diff != "" {
		t.Errorf("connections (-before +after)\n%s", diff)
	}
	if diff := cmp.Diff(wantRooms, scan(t, db, rooms), unexported); diff != "" {
		t.Errorf("rooms (-before +after)\n%s", diff)
	}
}
