package signalingtest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
)

func letter(text string) signaling.Mail {
	return signaling.Mail{From: "bob", Data: []byte(text), N: []byte("7")}
}

// box is a mailbox of the seat that its peer took at epoch.
func box(peer signaling.PeerName, loss int64) signaling.Mailbox {
	return signaling.Mailbox{Peer: peer, Seat: epoch, Loss: loss, Until: until}
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
	ctx, id := t.Context(), signaling.RoomID(fresh("mail"))
	must(t, s.KeepMail(ctx, id, box("alice", 3), letter("1"), epoch))
	must(t, s.KeepMail(ctx, id, box("alice", 3), letter("2"), epoch))
	mail, err := s.CloseMail(ctx, id, box("alice", 3), epoch)
	wantMail(t, mail, err, "1 2")
	if mail[0].N = nil; mail[0].Size() != 4 {
		t.Fatalf("got size %d, want 4", mail[0].Size())
	}
	for i := range signaling.MaxMail {
		must(t, s.KeepMail(ctx, id, box("many", 3), letter(fmt.Sprint(i)), epoch))
	}
	for _, loss := range []int64{3, 4} {
		if err := s.KeepMail(ctx, id, box("many", loss), letter("1"), epoch); !errors.Is(err, signaling.ErrRefused) {
			t.Fatalf("one more than may wait, loss %d: got %v, want ErrRefused", loss, err)
		}
	}
	one := letter(strings.Repeat("x", signaling.MaxMailBytes/2-4))
	must(t, s.KeepMail(ctx, id, box("large", 3), one, epoch))
	must(t, s.KeepMail(ctx, id, box("large", 3), one, epoch))
	if err := s.KeepMail(ctx, id, box("large", 3), letter("1"), epoch); !errors.Is(err, signaling.ErrRefused) {
		t.Fatalf("more bytes than may wait: got %v, want ErrRefused", err)
	}
	must(t, s.KeepMail(ctx, id, box("uncounted", 3), signaling.Mail{From: "bob", Data: []byte("1")}, epoch))
	if mail, err := s.CloseMail(ctx, id, box("uncounted", 3), epoch); err != nil || len(mail) != 1 || mail[0].N != nil {
		t.Fatalf("got %v, %v, want one without a counter", mail, err)
	}
}

func closedMail(t *testing.T, s signaling.Store) {
	ctx, id := t.Context(), signaling.RoomID(fresh("mail"))
	mail, err := s.CloseMail(ctx, id, box("alice", 3), epoch)
	wantMail(t, mail, err, "")
	wantNoPeer(t, "a closed box", s.KeepMail(ctx, id, box("alice", 3), letter("1"), epoch))
	must(t, s.KeepMail(ctx, id, box("alice", 4), letter("1"), epoch))
	must(t, s.KeepMail(ctx, id, box("alice", 4), letter("2"), epoch))
	wantNoPeer(t, "a box of before", s.KeepMail(ctx, id, box("alice", 3), letter("x"), epoch))
	_, err = s.CloseMail(ctx, id, box("alice", 3), epoch)
	wantNoPeer(t, "closing a box of before", err)
	must(t, s.ClearMail(ctx, id, box("alice", 3), []signaling.Mail{letter("0")}, epoch)) // and does nothing to the later one
	for range 2 {
		mail, err = s.CloseMail(ctx, id, box("alice", 4), epoch)
		wantMail(t, mail, err, "1 2")
	}
	must(t, s.ClearMail(ctx, id, box("alice", 4), mail, epoch))
	mail, err = s.CloseMail(ctx, id, box("alice", 4), epoch)
	wantMail(t, mail, err, "")
	wantNoPeer(t, "a closed and empty box", s.KeepMail(ctx, id, box("alice", 4), letter("3"), epoch))
	mail, err = s.CloseMail(ctx, id, box("alice", 5), epoch)
	wantMail(t, mail, err, "")
}

func leftMail(t *testing.T, s signaling.Store) {
	ctx, id := t.Context(), signaling.RoomID(fresh("mail"))
	for _, text := range []string{"1", "2", "3"} {
		must(t, s.KeepMail(ctx, id, box("alice", 3), letter(text), epoch))
	}
	mail, err := s.CloseMail(ctx, id, box("alice", 3), epoch)
	wantMail(t, mail, err, "1 2 3")
	must(t, s.ClearMail(ctx, id, box("alice", 3), mail[:1], epoch))
	mail, err = s.CloseMail(ctx, id, box("alice", 3), epoch)
	wantMail(t, mail, err, "2 3")
	must(t, s.KeepMail(ctx, id, box("alice", 4), letter("4"), epoch))                    // lost again
	must(t, s.ClearMail(ctx, id, box("alice", 3), []signaling.Mail{letter("2")}, epoch)) // by who delivered it before that
	must(t, s.ClearMail(ctx, id, box("alice", 3), []signaling.Mail{letter("2")}, epoch)) // is not there any more
	mail, err = s.CloseMail(ctx, id, box("alice", 4), epoch)
	wantMail(t, mail, err, "3 4")
	must(t, s.ClearMail(ctx, id, box("alice", 3), []signaling.Mail{letter("3")}, epoch)) // too late: it is being delivered
	mail, err = s.CloseMail(ctx, id, box("alice", 6), epoch)                             // and again, and nobody wrote
	wantMail(t, mail, err, "3 4")
	for _, first := range []string{"keep", "close"} {
		next := box("alice", 9)
		next.Peer = signaling.PeerName("alice-" + first)
		must(t, s.KeepMail(ctx, id, next, letter("not for the next of that name"), epoch))
		next.Seat, next.Loss = epoch.Add(time.Minute), 12
		if first == "keep" {
			must(t, s.KeepMail(ctx, id, next, letter("5"), epoch))
		}
		mail, err = s.CloseMail(ctx, id, next, epoch)
		wantMail(t, mail, err, map[string]string{"keep": "5", "close": ""}[first])
		next.Loss = 13
		mail, err = s.CloseMail(ctx, id, next, epoch)
		wantMail(t, mail, err, map[string]string{"keep": "5", "close": ""}[first])
	}
}

func busyPeer(t *testing.T, s signaling.Store) {
	ctx, id := t.Context(), seated(t, s, "busy", "alice")
	p := peer("alice")
	p.Busy, p.Loss = epoch.Add(time.Second), 7
	r, err := s.Resume(ctx, id, p, signaling.Peer{Conn: "conn-of-alice"}, epoch)
	must(t, err)
	if a, _ := r.Named("alice"); !a.Busy.Equal(p.Busy) || a.Loss != 7 || !a.Lost.IsZero() {
		t.Fatalf("got %+v, want busy until %v with loss 7", a, p.Busy)
	}
	later := epoch.Add(time.Minute)
	wantNoPeer(t, "another connection", s.SetBusy(ctx, id, "alice", "another", p.Busy, later, epoch))
	wantNoPeer(t, "another time", s.SetBusy(ctx, id, "alice", "conn-of-alice", later, time.Time{}, epoch))
	must(t, s.SetBusy(ctx, id, "alice", "conn-of-alice", p.Busy, later, epoch))
	wantNoPeer(t, "a second time", s.SetBusy(ctx, id, "alice", "conn-of-alice", p.Busy, later, epoch))
	must(t, s.SetBusy(ctx, id, "alice", "conn-of-alice", later, time.Time{}, epoch))
	settled, err := s.Room(ctx, id, epoch, true)
	must(t, err)
	if a, _ := settled.Named("alice"); !a.Busy.IsZero() || settled.Rev != r.Rev {
		t.Fatalf("got %+v at revision %d, want neither busy nor another revision than %d", a, settled.Rev, r.Rev)
	}
	r, err = s.Resume(ctx, id, p, signaling.Peer{Conn: "conn-of-alice"}, epoch)
	must(t, err)
	r, err = s.MarkLost(ctx, id, "alice", "conn-of-alice", until, epoch)
	must(t, err)
	if a, _ := r.Named("alice"); !a.Busy.Equal(p.Busy) || a.Loss != r.Rev {
		t.Fatalf("got %+v, want busy, and lost at revision %d", a, r.Rev)
	}
}
