package e2e_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/golang-jwt/jwt/v5"
)

// What PeerJS clients are told.
const (
	peerOpen  = `{"type":"OPEN"}`
	peerTaken = `{"type":"ID-TAKEN","payload":{"msg":"ID is taken"}}`
)

// peerjs is a socket as PeerJS opens it. Its frames are read as they come.
type peerjs struct {
	t      testing.TB
	socket *websocket.Conn
	frames chan string // closed with the socket
}

// dialPeerJS connects, and does not wait to be greeted. In bad weather that may take several tries.
func dialPeerJS(t testing.TB, s *stack, key, id, token string) *peerjs {
	t.Helper()
	query := url.Values{"key": {key}, "id": {id}, "token": {token}, "version": {"1.5.5"}}
	var socket *websocket.Conn
	var err error
	if !eventually(func() bool {
		socket, _, err = websocket.Dial(context.Background(), s.ws+"?"+query.Encode(), nil)
		return err == nil
	}) {
		t.Fatal(err)
	}
	socket.SetReadLimit(256 << 10)
	p := &peerjs{t: t, socket: socket, frames: make(chan string, 128)}
	t.Cleanup(func() { _ = socket.CloseNow() })
	go func() {
		defer close(p.frames)
		for {
			_, raw, err := socket.Read(context.Background())
			if err != nil {
				return
			}
			p.frames <- string(raw)
		}
	}()
	return p
}

// openPeerJS connects, with the id as the token, and waits until that is open.
func openPeerJS(t testing.TB, s *stack, id string) *peerjs {
	t.Helper()
	p := dialPeerJS(t, s, "peerjs", id, id)
	p.next(peerOpen)
	return p
}

func (p *peerjs) send(frame string) {
	p.t.Helper()
	plant([]byte(frame))
	if err := p.socket.Write(context.Background(), websocket.MessageText, []byte(frame)); err != nil {
		p.t.Fatalf("send: %v", err)
	}
}

// receive returns the next frame, "" if the socket has been closed.
func (p *peerjs) receive() string {
	p.t.Helper()
	select {
	case frame := <-p.frames:
		return frame
	case <-time.After(patience):
		p.t.Fatal("nothing came")
	}
	return ""
}

// next fails the test unless that is the next frame, or "" if the socket is to be closed.
func (p *peerjs) next(want string) {
	p.t.Helper()
	if got := p.receive(); got != want {
		p.t.Fatalf("got %.300q, want %.300q", got, want)
	}
}

// quiet fails the test if anything was said to the client before what it sends itself comes back.
func (p *peerjs) quiet(id string) {
	p.t.Helper()
	p.send(`{"type":"OFFER","payload":{},"dst":"` + id + `"}`)
	p.next(`{"type":"OFFER","src":"` + id + `","dst":"` + id + `","payload":{}}`)
}

func (p *peerjs) close() { _ = p.socket.Close(websocket.StatusNormalClosure, "") }

// unlisted waits until nobody is listed in the directory, and nobody noted as connected.
func (s *stack) unlisted(t *testing.T) {
	t.Helper()
	var left []any
	if !eventually(func() bool {
		left = nil
		var rooms, connections []map[string]any
		s.request(t, http.MethodGet, "/_localdev/tables/localdev-RoomsTable", &rooms)
		s.request(t, http.MethodGet, "/_localdev/tables/localdev-ConnectionsTable", &connections)
		for _, item := range rooms {
			if entries, ok := item["entries"].(map[string]any); ok && len(entries["M"].(map[string]any)) > 0 {
				left = append(left, item)
			}
		}
		for _, item := range connections {
			left = append(left, item)
		}
		return len(left) == 0
	}) {
		t.Fatalf("left: %v", left)
	}
}

// TestOneOfTwoPeersGetsTheID lets two clients ask for one id at the same instant, a hundred times.
func TestOneOfTwoPeersGetsTheID(t *testing.T) {
	s := start(t)
	var at sync.WaitGroup
	turns := make(chan struct{}, 5)
	for i := range 100 {
		turns <- struct{}{}
		at.Go(func() {
			defer func() { <-turns }()
			id := fmt.Sprint("same", i)
			first, second := dialPeerJS(t, s, "peerjs", id, "a"), dialPeerJS(t, s, "peerjs", id, "b")
			got := []string{first.receive(), second.receive()}
			if !slices.Contains(got, peerOpen) || !slices.Contains(got, peerTaken) {
				t.Errorf("%s: got %v", id, got)
				return
			}
			winner, loser := first, second
			if got[0] != peerOpen {
				winner, loser = second, first
			}
			loser.next("")
			winner.quiet(id)
			winner.close()
		})
	}
	at.Wait()
	s.unlisted(t)
}

// callLate has alice call somebody who connects after that, and returns who it was. She waits for two seconds, in which a
// busy machine may not open a socket: so it has to be at least once of several times.
func callLate(t *testing.T, s *stack, alice *peerjs) (id string, callee *peerjs) {
	t.Helper()
	for i := range 5 {
		id = fmt.Sprint("carol", i)
		alice.send(`{"type":"OFFER","payload":{"to":"the late one"},"dst":"` + id + `"}`)
		callee = openPeerJS(t, s, id)
		select {
		case got := <-callee.frames:
			if want := `{"type":"OFFER","src":"alice","dst":"` + id + `","payload":{"to":"the late one"}}`; got != want {
				t.Fatalf("got %q, want %q", got, want)
			}
			return id, callee
		case got := <-alice.frames:
			if want := `{"type":"EXPIRE","src":"` + id + `","dst":"alice"}`; got != want {
				t.Fatalf("got %q, want %q", got, want)
			}
			callee.quiet(id) // it is not told of it as well
			callee.close()
		case <-time.After(patience):
			t.Fatal("neither was told anything")
		}
	}
	t.Fatal("nobody who came late was found")
	return "", nil
}

func TestPeersCall(t *testing.T) {
	s := start(t)
	alice, bob := openPeerJS(t, s, "alice"), openPeerJS(t, s, "bob the_2nd")
	large := strings.Repeat("x", 30<<10)
	alice.send(`{"type":"OFFER","src":"mallory","payload":{"sdp": "` + large + `"},"dst":"bob the_2nd"}`)
	bob.next(`{"type":"OFFER","src":"alice","dst":"bob the_2nd","payload":{"sdp": "` + large + `"}}`)
	for _, frame := range []string{
		`{"type":"OFFER","dst":"alice"}`, `{"type":"OPEN","dst":"alice"}`, `{"type":"OFFER"`, `[]`, `2`, `{"action":1}`, ` `,
		`{"type":"OFFER","payload":[],"dst":"alice"}`, `{"type":"HELLO","payload":{"a":"b"},"dst":"alice"}`,
	} {
		bob.send(frame)
	}
	bob.send(`{"type":"OFFER","payload":{},"dst":"__proto__"}`)
	bob.next(`{"type":"EXPIRE","src":"__proto__","dst":"bob the_2nd"}`)
	alice.quiet("alice")
	bob.quiet("bob the_2nd")

	// The callee comes late, or comes back.
	id, carol := callLate(t, s, alice)
	back := openPeerJS(t, s, id)
	carol.next("")
	alice.send(`{"type":"ANSWER","payload":{"to":"the new socket"},"dst":"` + id + `"}`)
	back.next(`{"type":"ANSWER","src":"alice","dst":"` + id + `","payload":{"to":"the new socket"}}`)

	// 40 KB are more than API Gateway takes in one frame.
	_ = bob.socket.Write(t.Context(), websocket.MessageText, []byte(`{"type":"OFFER","payload":{"x":"`+strings.Repeat("x", 40<<10)+`"},"dst":"alice"}`))
	bob.next("")
	alice.quiet("alice")
	for _, p := range []*peerjs{alice, back} {
		p.close()
	}
	s.unlisted(t)
}

func TestPeersInBadWeather(t *testing.T) {
	s := start(t)
	for _, weather := range []string{
		`{"fault":"push-410","times":2}`, `{"fault":"push-429","times":2}`, `{"fault":"push-500","times":2}`,
		`{"fault":"throttle","times":2}`, `{"fault":"db-error","after":true,"times":2}`, `{"fault":"stale"}`,
		`{"fault":"crash","function":"connect","times":1}`, `{"fault":"cold-start","times":4}`,
	} {
		t.Run(weather, func(t *testing.T) {
			id := "in the " + strings.Trim(strings.ReplaceAll(strings.Split(weather, `"`)[3], "-", " "), " ")
			post(t, s, "/_localdev/weather", weather)
			defer s.request(t, http.MethodDelete, "/_localdev/weather", nil)
			p := openPeerJS(t, s, id)
			p.quiet(id)
			p.close()
		})
	}
	// Who vanishes is in nobody's way, and who calls it learns of that.
	post(t, s, "/_localdev/weather", `{"fault":"lose-disconnect"}`)
	alice, bob := openPeerJS(t, s, "alice"), openPeerJS(t, s, "bob")
	bob.close()
	alice.send(`{"type":"OFFER","payload":{},"dst":"bob"}`)
	alice.next(`{"type":"LEAVE","src":"bob","dst":"alice"}`)
	alice.next(`{"type":"EXPIRE","src":"bob","dst":"alice"}`)
	bob = openPeerJS(t, s, "bob")
	bob.close()
	other := dialPeerJS(t, s, "peerjs", "bob", "another token")
	other.next(peerOpen)
	other.quiet("bob")
	s.request(t, http.MethodDelete, "/_localdev/weather", nil)
}

func TestPeersBringATokenAsTheirKey(t *testing.T) {
	s := start(t, "AUTH=jwt", "AUTH_SECRET="+authSecret)
	alice := dialPeerJS(t, s, token(t, jwt.MapClaims{"sub": "alice"}), "alice", "t")
	alice.next(peerOpen)
	for key, told := range map[string]string{
		token(t, jwt.MapClaims{"sub": "bob"}):        `Invalid id provided: your key is for bob`,
		token(t, jwt.MapClaims{"sub": "alice"})[:30]: `Invalid key provided: the token is no JSON Web Token, or a claim has the wrong type`,
		"peerjs": `Invalid key provided: the token is no JSON Web Token, or a claim has the wrong type`,
	} {
		p := dialPeerJS(t, s, key, "alice", "u")
		p.next(`{"type":"ERROR","payload":{"msg":"` + told + `"}}`)
		p.next("")
	}
	alice.quiet("alice")
}
