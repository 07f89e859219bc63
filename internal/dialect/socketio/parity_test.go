package socketio_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/functions/servers/lounge"
	"github.com/parley-rtc/parley/internal/dialect/socketio"
	"github.com/parley-rtc/parley/internal/socketio/auto"
	"github.com/parley-rtc/parley/internal/socketio/packet"
	"github.com/parley-rtc/parley/internal/socketio/recipe"
	"github.com/parley-rtc/parley/internal/socketio/script"
	"github.com/parley-rtc/parley/internal/socketio/server"
	"github.com/parley-rtc/parley/internal/socketio/servertest"
)

// wire plays scripts on the dialect: each socket has a connection of its own, which is called as
// package servertest calls the socket.
type wire struct {
	*stage
	conns map[string]string   // of each client, the latest
	in    map[string]string   // namespace of each connection
	had   map[string]int      // connections of each client
	asked map[string][]string // by each connection: the events, by the id of their acknowledgement
}

func newWire(s *stage, app server.App) *wire {
	dialect := s.here.Dialects.Named(socketio.Name).(*socketio.Dialect)
	dialect.Apps = func(string, string) (server.App, error) { return app, nil }
	return &wire{
		stage: s,
		conns: map[string]string{},
		in:    map[string]string{},
		had:   map[string]int{},
		asked: map[string][]string{},
	}
}

// Connect implements script.Stage.
func (w *wire) Connect(_ context.Context, client string, h servertest.Handshake) error {
	conn := client
	if w.had[client]++; w.had[client] > 1 {
		conn = fmt.Sprintf("%s#%d", client, w.had[client])
	}
	w.conns[client], w.in[conn] = conn, prefix(h.Namespace)
	w.open(conn, v4+"&"+h.Query.Encode())
	auth, _ := h.Auth.(json.RawMessage)
	w.Take()
	w.send(conn, "40"+w.in[conn]+string(auth))
	return nil
}

func prefix(namespace string) string {
	if namespace == "/" {
		return ""
	}
	return namespace + ","
}

// Send implements script.Stage.
func (w *wire) Send(_ context.Context, client string, e server.Event) error {
	conn := w.conns[client]
	id := ""
	if e.Ack {
		id = fmt.Sprint(len(w.asked[conn]))
		w.asked[conn] = append(w.asked[conn], e.Name)
	}
	list, err := json.Marshal(append([]json.RawMessage{json.RawMessage(quoted(e.Name))}, e.Args...))
	if err != nil {
		return err
	}
	text := string(list)
	for _, conn := range w.known() {
		text = strings.ReplaceAll(text, quoted(conn), quoted(w.ids[conn]))
	}
	w.send(conn, "42"+w.in[conn]+id+text)
	return nil
}

// Disconnect implements script.Stage.
func (w *wire) Disconnect(_ context.Context, client string) error {
	conn := w.conns[client]
	w.send(conn, "41"+w.in[conn])
	w.ends(conn, 1005, "Client-side close frame status not set")
	return nil
}

// known returns the connections that have an id, those with long names first.
func (w *wire) known() []string {
	return slices.SortedFunc(maps.Keys(w.ids), func(a, b string) int { return len(b) - len(a) })
}

// Took implements script.Stage.
func (w *wire) Took() (took []servertest.Record) {
	for _, p := range w.Take() {
		frame, err := packet.Decode(packet.V4, p.Frame)
		if err != nil {
			w.t.Fatalf("%s got %s: %v", p.To, p.Frame, err)
		}
		if frame.Type == packet.TypeMessage {
			took = w.add(took, string(p.To), frame.Packet)
		}
	}
	return took
}

func (w *wire) add(took []servertest.Record, conn string, p packet.Packet) []servertest.Record {
	var told struct {
		Sid, Message string
		Data         json.RawMessage
	}
	record := servertest.Record{To: conn}
	args := func(raw []json.RawMessage) (list []json.RawMessage) {
		for _, arg := range raw {
			text := string(arg)
			for _, conn := range w.known() {
				text = strings.ReplaceAll(text, w.ids[conn], conn)
			}
			list = append(list, json.RawMessage(text))
		}
		return list
	}
	switch p.Kind {
	case packet.KindConnect, packet.KindConnectError:
		if err := json.Unmarshal(p.Data, &told); err != nil {
			w.t.Fatal(err)
		}
		if p.Kind == packet.KindConnect {
			w.ids[conn] = told.Sid
			return took
		}
		record.Kind, record.Message, record.Data = servertest.Refused, told.Message, told.Data
	case packet.KindDisconnect:
		record.Kind = servertest.Disconnected
	case packet.KindEvent:
		name, list, err := p.Event()
		if err != nil {
			w.t.Fatal(err)
		}
		record.Event = server.Event{Name: name, Args: args(list)}
	case packet.KindAck:
		record.Kind = servertest.Acknowledged
		record.Event = server.Event{Name: w.asked[conn][p.ID], Args: args(p.Args())}
	default:
		w.t.Fatalf("%s got a packet of kind %c", conn, p.Kind)
	}
	return append(took, record)
}

// byClient puts what clients got at each act in order of the clients: who is told first is left to
// chance. What the log is told is left out.
func byClient(lines []string) []string {
	lines = slices.DeleteFunc(lines, func(line string) bool { return strings.HasPrefix(line, "! ") })
	got := func(line string) bool { return strings.Contains(line, " < ") }
	for from := 0; from < len(lines); from++ {
		to := from
		for to < len(lines) && got(lines[to]) {
			to++
		}
		slices.SortStableFunc(lines[from:to], func(a, b string) int {
			a, _, _ = strings.Cut(a, " ")
			b, _, _ = strings.Cut(b, " ")
			return strings.Compare(a, b)
		})
		from = to
	}
	return lines
}

// TestAppsDoTheSameAsWhereTheyAreTried: what package servertest plays with no network clients get
// over their connections.
func TestAppsDoTheSameAsWhereTheyAreTried(t *testing.T) {
	load := func(name string) (server.App, error) { return recipe.Load(name, nil) }
	apps := map[string]server.App{"testdata/scripts/auto.txt": auto.New(load)}
	apps["../../../functions/servers/lounge/testdata/evening.txt"] = lounge.New()
	scripts, err := filepath.Glob("../../socketio/recipe/testdata/builtin/*.txt")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("there are no scripts of the built-in recipes: %v", err)
	}
	for _, file := range scripts {
		if apps[file], err = load(strings.TrimSuffix(filepath.Base(file), ".txt")); err != nil {
			t.Fatal(err)
		}
	}
	for file, app := range apps {
		t.Run(filepath.Base(file), func(t *testing.T) {
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			played, err := script.Parse(source, file)
			if err != nil {
				t.Fatal(err)
			}
			inBubble(t, func(t *testing.T, s *stage) {
				want := byClient(played.Play(t.Context(), app))
				got := byClient(played.PlayOn(t.Context(), newWire(s, app)))
				if !slices.Equal(got, want) {
					t.Errorf("clients got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
				}
			})
		})
	}
}
