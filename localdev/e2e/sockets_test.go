package e2e_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/golang-jwt/jwt/v5"
)

// ioClient speaks as a client of Socket.IO 4 does.
type ioClient struct {
	t        testing.TB
	socket   *websocket.Conn
	sid, pid string
}

// openIO opens a connection whose namespaces are served by a recipe. The name is for cutIO.
func (s *stack) openIO(t testing.TB, name, recipe string) *ioClient {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	socket, _, err := websocket.Dial(ctx, s.ws+"?EIO=4&transport=websocket&recipe="+recipe, &websocket.DialOptions{
		HTTPHeader: http.Header{"User-Agent": {name}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socket.CloseNow() })
	c := &ioClient{t: t, socket: socket}
	c.hears("0{")
	return c
}

// dialIO connects to the namespace / with that auth.
func (s *stack) dialIO(t testing.TB, name, recipe, auth string) *ioClient {
	t.Helper()
	c := s.openIO(t, name, recipe)
	c.says("40" + auth)
	var answer struct{ Sid, Pid string }
	if err := json.Unmarshal([]byte(c.hears("40{")[2:]), &answer); err != nil {
		t.Fatal(err)
	}
	c.sid, c.pid = answer.Sid, answer.Pid
	return c
}

func (c *ioClient) says(packet string) {
	c.t.Helper()
	if err := c.socket.Write(context.Background(), websocket.MessageText, []byte(packet)); err != nil {
		c.t.Fatal(err)
	}
}

// hears returns the next packet that begins so.
func (c *ioClient) hears(beginning string) string {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		_, raw, err := c.socket.Read(ctx)
		if err != nil {
			c.t.Fatalf("waiting for %s: %v", beginning, err)
		}
		if strings.HasPrefix(string(raw), beginning) {
			return string(raw)
		}
	}
}

// cutIO ends the connection of that name so that nobody is told: pushes to it answer 410, and its
// $disconnect never comes.
func (s *stack) cutIO(t testing.TB, name string) {
	t.Helper()
	var open []struct{ ConnectionID, UserAgent string }
	s.request(t, http.MethodGet, "/_localdev/connections", &open)
	for _, c := range open {
		if c.UserAgent == name {
			s.request(t, http.MethodDelete, "/_localdev/connections/"+url.PathEscape(c.ConnectionID)+"?silent=1", nil)
			return
		}
	}
	t.Fatalf("%s is not connected", name)
}

// A token may come when the socket is open already, and is looked at by functions/message as functions/connect looks at others.
func TestATokenMayComeInAPacket(t *testing.T) {
	s := start(t, "AUTH=jwt", "AUTH_SECRET="+authSecret)
	auth := func(claims jwt.MapClaims) string {
		raw, err := json.Marshal(map[string]string{"token": token(t, claims)})
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	gail := s.dialIO(t, "gail", "join-call", auth(jwt.MapClaims{"sub": "gail", "rooms": "r"}))
	gail.says(`42["join-call","r"]`)
	gail.hears(`42["user-joined",` + strconv.Quote(gail.sid))
	hank := s.openIO(t, "hank", "join-call")
	for _, wrong := range []string{"", `{"token":"x"}`, auth(jwt.MapClaims{"sub": "hank", "exp": 1})} {
		hank.says("40" + wrong)
		if refusal := hank.hears("4"); !strings.HasPrefix(refusal, `44{"message":`) || !strings.Contains(refusal, "token") {
			t.Errorf("%s: got %s", wrong, refusal)
		}
	}
	hank.says("40" + auth(jwt.MapClaims{"sub": "hank", "rooms": "r"}))
	hank.hears("40{")
}
