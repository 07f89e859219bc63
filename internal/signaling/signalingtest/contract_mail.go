package signalingtest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
)

func letters(n ...string) (mail []signaling.Mail) {
	for _, one := range n {
		mail = append(mail, signaling.Mail{From: "bob", Data: []byte(one), N: []byte("7")})
	}
	return mail
}

func wantMail(t *testing.T, mail []signaling.Mail, err error, want string) {
	t.Helper()
	must(t, err)
	var got []string
	for _, m := range mail {
		if m.From != "bob" || string(m.N) != "7" {
			t.Fatalf("got %s %s, want bob 7", m.From, m.N)
		}
		got = append(got, string(m.Data))
	}
	if strings.Join(got, " ") != want {
		t.Fatalf("got %v, want %s", got, want)
	}
}

func keptMail(t *testing.T, s signaling.Store) {
	ctx, id, box := t.Context(), signaling.RoomID(fresh("mail")), signaling.Mailbox{Peer: "alice", Loss: 3, Until: until}
	must(t, s.KeepMail(ctx, id, box, letters("2"), false, epoch))
	must(t, s.KeepMail(ctx, id, box, letters("3"), false, epoch))
	must(t, s.KeepMail(ctx, id, box, letters("0", "1"), true, epoch))
	mail, err := s.CloseMail(ctx, id, box, epoch)
	wantMail(t, mail, err, "0 1 2 3")
	if mail[0].N = nil; mail[0].Size() != 4 {
		t.Fatalf("got size %d, want 4", mail[0].Size())
	}
	many := signaling.Mailbox{Peer: "many", Loss: 3, Until: until}
	for i := range signaling.MaxMail {
		must(t, s.KeepMail(ctx, id, many, letters(fmt.Sprint(i)), false, epoch))
	}
	if err := s.KeepMail(ctx, id, many, letters("1"), false, epoch); !errors.Is(err, signaling.ErrRefused) {
		t.Fatalf("one more than may wait: got %v, want ErrRefused", err)
	}
	large := signaling.Mailbox{Peer: "large", Loss: 3, Until: until}
	one := letters(strings.Repeat("x", signaling.MaxMailBytes/2-4))
	must(t, s.KeepMail(ctx, id, large, one, false, epoch))
	must(t, s.KeepMail(ctx, id, large, one, false, epoch))
	if err := s.KeepMail(ctx, id, large, letters("1"), false, epoch); !errors.Is(err, signaling.ErrRefused) {
		t.Fatalf("more bytes than may wait: got %v, want ErrRefused", err)
	}
	anonymous := signaling.Mailbox{Peer: "uncounted", Loss: 3, Until: until}
	must(t, s.KeepMail(ctx, id, anonymous, []signaling.Mail{{From: "bob", Data: []byte("1")}}, false, epoch))
	if mail, err := s.CloseMail(ctx, id, anonymous, epoch); err != nil || len(mail) != 1 || mail[0].N != nil {
		t.Fatalf("got %v, %v, want one without a counter", mail, err)
	}
}

func closedMail(t *testing.T, s signaling.Store) {
	ctx, id, box := t.Context(), signaling.RoomID(fresh("mail")), signaling.Mailbox{Peer: "alice", Loss: 3, Until: until}
	mail, err := s.CloseMail(ctx, id, box, epoch)
	wantMail(t, mail, err, "")
	wantNoPeer(t, "a closed box", s.KeepMail(ctx, id, box, letters("1"), false, epoch))
	later := signaling.Mailbox{Peer: "alice", Loss: 4, Until: until}
	must(t, s.KeepMail(ctx, id, later, letters("1"), false, epoch))
	must(t, s.KeepMail(ctx, id, later, letters("2"), false, epoch))
	wantNoPeer(t, "a box of before", s.KeepMail(ctx, id, box, letters("x"), false, epoch))
	_, err = s.CloseMail(ctx, id, box, epoch)
	wantNoPeer(t, "closing a box of before", err)
	must(t, s.ClearMail(ctx, id, box, epoch)) // and does nothing to the later one
	for range 2 {
		mail, err = s.CloseMail(ctx, id, later, epoch)
		wantMail(t, mail, err, "1 2")
	}
	must(t, s.ClearMail(ctx, id, later, epoch))
	mail, err = s.CloseMail(ctx, id, later, epoch)
	wantMail(t, mail, err, "")
	wantNoPeer(t, "a closed and empty box", s.KeepMail(ctx, id, later, letters("3"), false, epoch))
	mail, err = s.CloseMail(ctx, id, signaling.Mailbox{Peer: "alice", Loss: 5, Until: until}, epoch)
	wantMail(t, mail, err, "")
}

func settledPeer(t *testing.T, s signaling.Store) {
	ctx, id := t.Context(), seated(t, s, "busy", "alice")
	p := peer("alice")
	p.Busy = epoch.Add(time.Second)
	r, err := s.Resume(ctx, id, p, signaling.Peer{Conn: "conn-of-alice"}, epoch)
	must(t, err)
	if a, _ := r.Named("alice"); !a.Busy.Equal(p.Busy) {
		t.Fatalf("busy until %v, want %v", a.Busy, p.Busy)
	}
	must(t, s.Settle(ctx, id, "alice", "another", epoch))
	r, err = s.Room(ctx, id, epoch, true)
	must(t, err)
	if a, _ := r.Named("alice"); a.Busy.IsZero() {
		t.Fatal("settled by another connection")
	}
	must(t, s.Settle(ctx, id, "alice", "conn-of-alice", epoch))
	settled, err := s.Room(ctx, id, epoch, true)
	must(t, err)
	if a, _ := settled.Named("alice"); !a.Busy.IsZero() || settled.Rev != r.Rev {
		t.Fatalf("busy until %v at revision %d, want neither busy nor another revision than %d", a.Busy, settled.Rev, r.Rev)
	}
}
