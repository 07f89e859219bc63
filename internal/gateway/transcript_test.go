package gateway_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-rtc/parley/internal/admission"
	"github.com/parley-rtc/parley/internal/app"
	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/dialect/native"
	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/directory/directorytest"
	"github.com/parley-rtc/parley/internal/gateway"
	"github.com/parley-rtc/parley/internal/limit"
	"github.com/parley-rtc/parley/internal/seal"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/signaling/signalingtest"
)

var update = flag.Bool("update", false, "rewrite the transcripts with what happens now")

// TestTranscripts plays the conversations in dialect/*/testdata. A line is one step:
//
//	alice connects [?query] [subprotocols]   $connect; "=" gives the status, the subprotocol, and "opener" if she waits for it
//	alice opens                     the opener's event
//	alice > FRAME                   a message; "x <" lines give what everybody is sent
//	alice >> FRAME                  the same, but what comes next does not wait until it is through
//	alice disconnects               $disconnect
//	alice vanishes                  pushes to her answer 410 and $disconnect does not come
//	grace 30s                       seats of lost peers are kept that long
//	wait 1m                         time passes, and what was waiting goes on
//	host first                      who joins first is host
//	limits {"Rooms":2}              of each connection, from now on
//	actions on                      a project's own actions are served: those of actions_test.go
//	lobby on                        who is no host has to be let in
//	gone alice                      "=" says whether her socket has been closed
//	store r                         "=" gives the room as it is stored
//	listed SPACE NAME               "=" gives who is listed in the directory under that name
//
// <alice→bob> stands for the address that alice was given for bob, <resume:alice> for the resume string alice was given, and
// <pass:alice> for the pass.
func TestTranscripts(t *testing.T) {
	for _, file := range transcripts(t, "*") {
		name := filepath.Join(filepath.Base(filepath.Dir(filepath.Dir(file))), strings.TrimSuffix(filepath.Base(file), ".txt"))
		t.Run(name, func(t *testing.T) {
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var got string
			synctest.Test(t, func(t *testing.T) { got = play(t, string(want)) })
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
				t.Errorf("%s (-want +got)\n%s", file, diff)
			}
		})
	}
}

func transcripts(t *testing.T, dialects string) []string {
	t.Helper()
	files, err := filepath.Glob("../dialect/" + dialects + "/testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	return files
}

type conversation struct {
	t         *testing.T
	handler   *gateway.Handler
	native    *native.Dialect
	opener    opener
	store     *directorytest.Memory
	recorder  *signalingtest.Recorder
	addresses map[string]string // placeholder to address, resume string or pass
	now       time.Time
	out       strings.Builder
}

func play(t *testing.T, script string) string {
	c := newConversation(t)
	for line := range strings.Lines(script) {
		line = strings.TrimSuffix(line, "\n")
		words := strings.SplitN(line, " ", 3)
		if words[0] == "=" || len(words) > 1 && words[1] == "<" {
			continue // the outcome of a step: played again
		}
		fmt.Fprintln(&c.out, line)
		if words[0] == "" || words[0] == "#" {
			continue
		}
		c.now = c.now.Add(time.Second)
		c.step(words)
	}
	synctest.Wait()
	return c.out.String()
}

func newConversation(t *testing.T) *conversation {
	everything, err := app.Parse(func(name string) string {
		return map[string]string{"CONNECTIONS_TABLE": "connections", "ROOMS_TABLE": "rooms"}[name]
	})
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := seal.New(make([]byte, seal.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	memory := directorytest.NewMemory()
	c := &conversation{
		t: t, store: memory, recorder: &signalingtest.Recorder{},
		addresses: map[string]string{}, now: time.Date(2031, 5, 1, 12, 0, 0, 0, time.UTC),
	}
	service := &signaling.Service{
		Store: memory, Items: memory, Pusher: c.recorder, Sealer: sealer, Seats: 3,
		Limits: signaling.Limits{PeerData: 4 << 10}, Flow: limit.NewFlow(),
		ICE: signaling.ICE{Servers: []signaling.ICEServer{{URLs: []string{"stun:stun.example.org"}}}},
	}
	c.native = &native.Dialect{Service: service}
	dialects := everything.Served(c.native)
	service.Encoder = dialects
	c.handler = &gateway.Handler{
		Service: service, Dialects: dialects, Admission: &admission.Gate{}, Log: slog.New(slog.DiscardHandler),
		House: &dialect.House{
			Connections: memory, Pusher: c.recorder, Gate: service, Hold: signaling.NewHold(250 * time.Millisecond),
			Directory: &directory.Directory{Store: memory, Pusher: c.recorder},
		},
		Opener: &c.opener,
	}
	return c
}

func (c *conversation) step(words []string) {
	ctx := context.Background()
	rest := strings.Join(words[min(2, len(words)):], " ")
	switch {
	case words[0] == "actions":
		if err := c.native.Serve(ownActions()); err != nil {
			c.t.Fatal(err)
		}
	case words[0] == "host":
		c.handler.Service.FirstHosts = words[1] == "first"
	case words[0] == "limits":
		c.handler.Service.Limits = signaling.Limits{}
		if err := json.Unmarshal([]byte(words[1]), &c.handler.Service.Limits); err != nil {
			c.t.Fatal(err)
		}
	case words[0] == "lobby":
		c.handler.Service.Lobby = words[1] == "on"
	case words[0] == "grace":
		c.handler.Service.Grace = c.duration(words[1])
	case words[0] == "wait":
		c.now = c.now.Add(c.duration(words[1]))
		time.Sleep(c.duration(words[1])) //nolint:forbidigo // in a bubble: it takes no time
		synctest.Wait()
		c.printPushes("")
	case words[0] == "gone":
		fmt.Fprintln(&c.out, "=", c.recorder.Closed(signaling.ConnID(words[1])))
	case words[0] == "listed":
		c.printList(directory.Name{Space: words[1], Name: rest})
	case words[0] == "store":
		c.printRoom(signaling.RoomID(words[1]))
	case words[1] == "connects":
		c.connect(ctx, words[0], rest)
	case words[1] == "opens":
		c.handle(ctx, words[0], c.event("$opened", words[0]))
	case words[1] == ">", words[1] == ">>":
		e := c.event("$default", words[0])
		e.Body = placeholder.ReplaceAllStringFunc(rest, func(p string) string { return c.addresses[p] })
		if words[1] == ">" {
			c.handle(ctx, words[0], e)
			break
		}
		go c.message(ctx, e)
		synctest.Wait()
		c.printPushes(words[0])
	case words[1] == "disconnects":
		if _, err := c.handler.Disconnect(ctx, c.event("$disconnect", words[0])); err != nil {
			c.t.Fatal(err)
		}
		c.printPushes(words[0])
	case words[1] == "vanishes":
		c.recorder.Cut(signaling.ConnID(words[0]))
	default:
		c.t.Fatalf("no such step: %v", words)
	}
}

func (c *conversation) connect(ctx context.Context, who, shows string) {
	e := c.event("$connect", who)
	if query, isQuery := strings.CutPrefix(shows, "?"); isQuery {
		query, shows, _ = strings.Cut(query, " ")
		values, err := url.ParseQuery(query)
		if err != nil {
			c.t.Fatal(err)
		}
		e.MultiValueQueryStringParameters = values
	}
	if shows != "" {
		e.Headers = map[string]string{"sec-websocket-protocol": shows}
	}
	resp, err := c.handler.Connect(ctx, e)
	if err != nil {
		c.t.Fatal(err)
	}
	said := fmt.Sprint("= ", resp.StatusCode, " ", resp.Subprotocol)
	if c.opener.asked {
		said = strings.TrimSpace(said) + " opener"
		c.opener.asked = false
	}
	fmt.Fprintln(&c.out, strings.TrimSpace(said))
}

// handle has a message handled, and prints what comes of it.
func (c *conversation) handle(ctx context.Context, who string, e gateway.Event) {
	c.message(ctx, e)
	c.printPushes(who)
}

func (c *conversation) message(ctx context.Context, e gateway.Event) {
	resp, err := c.handler.Message(ctx, e)
	if err != nil || resp.StatusCode != 200 {
		c.t.Errorf("%v, %v", resp, err)
	}
}

// opener notes that it was asked for.
type opener struct{ asked bool }

func (o *opener) InvokeLater(context.Context, []byte) error {
	o.asked = true
	return nil
}

func (c *conversation) duration(text string) time.Duration {
	d, err := time.ParseDuration(text)
	if err != nil {
		c.t.Fatal(err)
	}
	return d
}

func (c *conversation) event(route, conn string) gateway.Event {
	var e gateway.Event
	e.RequestContext.RouteKey = route
	e.RequestContext.ConnectionID = conn
	e.RequestContext.RequestTimeEpoch = c.now.UnixMilli()
	return e
}

var (
	placeholder = regexp.MustCompile(`<\w+→\w+>|<resume:\w+>|<pass:\w+>`)
	secret      = regexp.MustCompile(`"(resume|pass)":"([^"]+)"`)
	address     = regexp.MustCompile(`"address":"([^"]+)"`)
)

// printPushes writes what was sent: to the actor first, then by name.
func (c *conversation) printPushes(actor string) {
	pushes := c.recorder.Take()
	slices.SortStableFunc(pushes, func(a, b signalingtest.Push) int {
		first := func(p signalingtest.Push) string {
			if string(p.To) == actor {
				return ""
			}
			return string(p.To)
		}
		return strings.Compare(first(a), first(b))
	})
	for _, p := range pushes {
		frame := address.ReplaceAllFunc(p.Frame, func(m []byte) []byte {
			sealed := string(address.FindSubmatch(m)[1])
			a, err := signaling.OpenAddress(c.handler.Service.Sealer, sealed)
			if err != nil {
				c.t.Fatal(err)
			}
			name := fmt.Sprintf("<%s→%s>", a.FromConn, a.ToConn)
			c.addresses[name] = sealed
			return bytes.Replace(m, []byte(sealed), []byte(name), 1)
		})
		frame = secret.ReplaceAllFunc(frame, func(m []byte) []byte {
			parts := secret.FindSubmatch(m)
			sealed, name := parts[2], fmt.Sprintf("<%s:%s>", parts[1], p.To)
			c.addresses[name] = string(sealed)
			return bytes.Replace(m, sealed, []byte(name), 1)
		})
		fmt.Fprintf(&c.out, "%s < %s\n", p.To, frame)
	}
}

func (c *conversation) printList(name directory.Name) {
	entries, err := c.handler.House.Directory.Find(context.Background(), name, c.now, true)
	if err != nil {
		c.t.Fatal(err)
	}
	fmt.Fprint(&c.out, "=")
	for _, e := range entries {
		fmt.Fprintf(&c.out, " %s", e.Conn)
	}
	fmt.Fprintln(&c.out)
}

func (c *conversation) printRoom(id signaling.RoomID) {
	room, err := c.store.Room(context.Background(), id, c.now, true)
	if err != nil {
		c.t.Fatal(err)
	}
	fmt.Fprintf(&c.out, "= rev %d:", room.Rev)
	for _, p := range room.Peers {
		fmt.Fprintf(&c.out, " %s on %s %s", p.Name, p.Conn, p.Data)
	}
	fmt.Fprintln(&c.out)
}
