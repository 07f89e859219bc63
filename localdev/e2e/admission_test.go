package e2e_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/golang-jwt/jwt/v5"
)

const authSecret = "a secret of these tests, of 32 bytes or more"

// token is one for an hour from now.
func token(t testing.TB, claims jwt.MapClaims) string {
	t.Helper()
	if claims["exp"] == nil {
		claims["exp"] = time.Now().Add(time.Hour).Unix()
	}
	s, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(authSecret))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// handshake returns the status of a handshake that may be refused, and the subprotocol that was echoed.
func handshake(t testing.TB, url string, header http.Header, protocols ...string) (int, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	socket, resp, err := websocket.Dial(ctx, url, &websocket.DialOptions{HTTPHeader: header, Subprotocols: protocols})
	if err != nil {
		if resp == nil {
			t.Fatal(err)
		}
		return resp.StatusCode, ""
	}
	defer socket.CloseNow()
	return resp.StatusCode, socket.Subprotocol()
}

func TestOnlyWhoMayGetsIn(t *testing.T) {
	s := start(t, "AUTH=jwt", "AUTH_SECRET="+authSecret, "ALLOWED_ORIGINS=https://app.example")
	alice := token(t, jwt.MapClaims{"sub": "alice", "rooms": []string{"team-*"}, "role": "host"})
	bob := token(t, jwt.MapClaims{"sub": "bob", "rooms": []string{"team-1"}, "role": "guest"})
	page := func(origin string) http.Header { return http.Header{"Origin": {origin}} }
	for _, tt := range []struct {
		name      string
		url       string
		header    http.Header
		protocols []string
		status    int
	}{
		{"no token", s.ws, nil, nil, 401},
		{"a bad one", s.ws + "?token=x.y.z", nil, nil, 401},
		{"an expired one", s.ws + "?token=" + token(t, jwt.MapClaims{"sub": "a", "exp": time.Now().Add(-2 * time.Minute).Unix()}), nil, nil, 401},
		{"two", s.ws + "?token=" + alice, nil, []string{"parley.v1", "parley.token." + bob}, 401},
		{"by query", s.ws + "?token=" + alice, nil, nil, 101},
		{"by subprotocol", s.ws, nil, []string{"parley.v1", "parley.token." + bob}, 101},
		{"from our page", s.ws + "?token=" + alice, page("https://app.example"), nil, 101},
		{"from another page", s.ws + "?token=" + alice, page("https://evil.example"), nil, 403},
	} {
		status, echoed := handshake(t, tt.url, tt.header, tt.protocols...)
		if status != tt.status || status == 101 && len(tt.protocols) > 0 && echoed != "parley.v1" {
			t.Errorf("%s: got %d and %q, want %d", tt.name, status, echoed, tt.status)
		}
	}

	a, b := dial(t, s.ws+"?token="+alice), dial(t, s.ws+"?token="+bob)
	a.fails("forbidden", `{"action":"join","room":"other"}`)
	a.fails("forbidden", `{"action":"join","room":"team-1","peer":"bob"}`)
	a.send(`{"action":"join","room":"team-1"}`)
	if got := a.next("joined"); got.Peer != "alice" {
		t.Errorf("got %+v", got)
	}
	b.send(`{"action":"join","room":"team-1"}`)
	if got := b.next("joined"); got.Peers[0].Peer != "alice" || got.Peers[0].Role != "host" {
		t.Errorf("got %+v", got)
	}
}

func TestAJoinWithATokenCostsHalfARead(t *testing.T) {
	s := start(t, "AUTH=jwt", "AUTH_SECRET="+authSecret)
	alice := dial(t, s.ws+"?token="+token(t, jwt.MapClaims{"sub": "alice", "rooms": "*"}))
	before := s.spent(t)
	alice.join("r", "alice")
	want := before.plus(cost{wru: 2, rru: 0.5, invocations: 1, pushes: 1})
	if got, ok := s.settles(t, want); !ok {
		t.Errorf("got %v, want %v", got, want)
	}
}
