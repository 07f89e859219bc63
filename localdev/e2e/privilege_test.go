package e2e_test

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/golang-jwt/jwt/v5"

	"github.com/parley-rtc/parley/localdev/internal/iam"
	"github.com/parley-rtc/parley/localdev/internal/template"
)

// deployed is template.yaml with those parameters.
func deployed(t *testing.T, parameters map[string]string) *template.Stack {
	t.Helper()
	stack, err := template.Load("../../template.yaml", template.Options{Parameters: parameters})
	if err != nil {
		t.Fatal(err)
	}
	return stack
}

// granted are a stack's permissions, as "function action what", e.g. "message dynamodb:GetItem rooms".
func granted(t *testing.T, stack *template.Stack) []string {
	t.Helper()
	var list []string
	for _, f := range stack.Functions {
		for _, document := range f.Role.Policies {
			policy, err := iam.Parse(document)
			if err != nil {
				t.Fatal(err)
			}
			for _, statement := range policy {
				for _, action := range statement.Action {
					if strings.HasPrefix(action, "logs:") {
						continue // what Lambda does with what the function prints
					}
					for _, arn := range statement.Resource {
						list = append(list, fmt.Sprint(f.Folder, " ", action, " ", what(arn)))
					}
				}
			}
		}
	}
	slices.Sort(list)
	return list
}

var method = regexp.MustCompile(`/([A-Z]+)/@connections`)

// what a permission is for: a table, or a method of @connections.
func what(resource string) string {
	switch m := method.FindStringSubmatch(resource); {
	case m != nil:
		return m[1]
	case strings.Contains(resource, "ConnectionsTable"):
		return "connections"
	case strings.Contains(resource, "RoomsTable"):
		return "rooms"
	case strings.HasSuffix(resource, ":function:localdev-MessageFunction"):
		return "functions/message"
	}
	return resource
}

// used are the permissions that the functions have needed.
func (s *stack) used(t *testing.T) []string {
	t.Helper()
	var report map[string][]struct{ Action, Resource string }
	s.request(t, http.MethodGet, "/_localdev/permissions", &report)
	var list []string
	for function, needs := range report {
		name := strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(function, "localdev-"), "Function"))
		for _, n := range needs {
			list = append(list, fmt.Sprint(name, " ", n.Action, " ", what(n.Resource)))
		}
	}
	return list
}

// Who serves no protocol whose clients wait to be greeted has nothing of what that takes.
func TestNobodyMayGreetWhereNobodyWaits(t *testing.T) {
	for dialects, greets := range map[string]bool{
		"": true, "peerjs": true, "parley,peerjs": true, "y-webrtc, peerjs": true, "parley": false, "y-webrtc": false, "parley,y-webrtc": false,
		"socket.io": true, "y-webrtc, socket.io": true, "sip": false, "parley,y-webrtc,sip": false, "peerjs,sip": true,
	} {
		keyed := dialects == "" || strings.Contains(dialects, "peerjs")
		stack := deployed(t, map[string]string{"Dialects": dialects})
		got := map[string]bool{"permission": slices.Contains(granted(t, stack), "connect lambda:InvokeFunction functions/message")}
		for _, f := range stack.Functions {
			_, named := f.Environment["MESSAGE_FUNCTION"]
			_, key := f.Environment["PEERJS_KEY"]
			got["name"] = got["name"] || named
			if key && (f.Folder != "connect" || !keyed) {
				t.Errorf("with dialects %q functions/%s knows the key of PeerJS", dialects, f.Folder)
			}
			got["once and soon"] = got["once and soon"] || f.EventInvoke != nil && *f.EventInvoke == template.EventInvoke{MaxAge: time.Minute}
			if named && f.Folder != "connect" {
				t.Errorf("functions/%s knows functions/message, too", f.Folder)
			}
		}
		for what, there := range got {
			if there != greets {
				t.Errorf("with dialects %q: %s: %v", dialects, what, there)
			}
		}
	}
}

// greeted connects as a client of PeerJS and waits for the server to speak first.
func greeted(t *testing.T, url string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	socket, _, err := websocket.Dial(ctx, url+"?key=peerjs&id=frida&token=t1", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socket.CloseNow() })
	if _, raw, err := socket.Read(ctx); err != nil || string(raw) != `{"type":"OPEN"}` {
		t.Fatalf("got %s, %v", raw, err)
	}
}

// socketsComeAndGo has clients of Socket.IO meet, and one of them vanish without a $disconnect while another leaves, and come
// back.
func socketsComeAndGo(t *testing.T, s *stack) {
	t.Helper()
	gail, hank, iris := s.dialIO(t, "gail", "join-call", ""), s.dialIO(t, "hank", "join-call", ""), s.dialIO(t, "iris", "join-call", "")
	all := []*ioClient{gail, hank, iris}
	for i, c := range all {
		c.says(`42["join-call","r"]`)
		for _, told := range all[:i+1] {
			told.hears(`42["user-joined",` + strconv.Quote(c.sid))
		}
	}
	s.cutIO(t, "hank")
	if err := iris.socket.Close(websocket.StatusNormalClosure, ""); err != nil {
		t.Fatal(err)
	}
	gail.hears(`42["user-left",` + strconv.Quote(iris.sid))
	if back := s.dialIO(t, "hank", "join-call", `{"pid":`+strconv.Quote(hank.pid)+`}`); back.sid != hank.sid {
		t.Errorf("hank comes back as %s, and was %s", back.sid, hank.sid)
	}
}

// TestRolesGrantWhatTheFunctionsNeed drives everything that the service does, and compares what it took with what the
// template grants: no more, no less. That infra grants the same is a test of infra's.
func TestRolesGrantWhatTheFunctionsNeed(t *testing.T) {
	open := start(t, "HOST=first", "ROOM_SEATS=3")
	alice, bob, carol := dial(t, open.ws), dial(t, open.ws), dial(t, open.ws)
	alice.join("r", "alice")
	joined := bob.join("r", "bob")
	alice.next("peer-joined")
	carol.fails("name-taken", `{"action":"join","room":"r","peer":"bob"}`) // after a probe
	for _, frame := range []string{
		`{"action":"signal","id":"1","room":"r","to":"alice","address":"` + joined.Peers[0].Address + `","data":1}`,
		`{"action":"signal","id":"1","room":"r","to":"alice","data":1}`, `{"action":"broadcast","id":"1","room":"r","data":1}`,
		`{"action":"update","id":"1","room":"r","data":1}`,
	} {
		bob.send("%s", frame)
		bob.next("ok")
	}
	bob.send(`{"action":"roster","room":"r"}`)
	bob.next("roster")
	bob.send(`{"action":"ice"}`)
	bob.next("ice")
	alice.send(`{"action":"lock","id":"never","room":"r"}`)
	carol.join("other", "carol")
	bob.next("room-locked")
	alice.send(`{"action":"kick","room":"r","peer":"bob"}`)
	bob.next("kicked")
	carol.send(`{"action":"leave","id":"1","room":"other"}`)
	carol.next("ok")
	alice.close()

	guarded := start(t, "AUTH=jwt", "AUTH_SECRET="+authSecret)
	dora := dial(t, guarded.ws+"?token="+token(t, jwt.MapClaims{"sub": "dora", "rooms": "*"}))
	erin := dial(t, guarded.ws+"?token="+token(t, jwt.MapClaims{"sub": "erin", "rooms": "*"}))
	dora.join("r", "dora")
	erin.join("r", "erin")
	dora.next("peer-joined")
	dora.close()
	erin.next("peer-lost") // so $disconnect has run, and told

	greeted(t, open.ws)
	socketsComeAndGo(t, open)

	want := slices.DeleteFunc(granted(t, deployed(t, nil)), func(grant string) bool {
		// For servers of a project's own, which may move others then.
		return grant == "disconnect dynamodb:GetItem connections" || grant == "disconnect dynamodb:UpdateItem connections"
	})
	var got []string
	eventually(func() bool { // what differs is told below
		got = append(open.used(t), guarded.used(t)...)
		slices.Sort(got)
		got = slices.Compact(got)
		return slices.Equal(got, want)
	})
	for _, need := range got {
		if !slices.Contains(want, need) {
			t.Errorf("needed, and not granted: %s", need)
		}
	}
	for _, grant := range want {
		if !slices.Contains(got, grant) {
			t.Errorf("granted, and not needed: %s", grant)
		}
	}
	if len(want) < 10 {
		t.Errorf("the template grants only %v", want)
	}
}
