package recipe

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/internal/socketio/server"
	"github.com/parley-rtc/parley/internal/socketio/servertest"
)

// zeros is [0,0,…].
func zeros(n int) json.RawMessage {
	return json.RawMessage("[" + strings.TrimSuffix(strings.Repeat("0,", n), ",") + "]")
}

// numbers is [1000,1001,…].
func numbers(n int) string {
	all := make([]string, n)
	for i := range all {
		all[i] = strconv.Itoa(1000 + i)
	}
	return "[" + strings.Join(all, ",") + "]"
}

func TestAnEventThatDoesTooMuchEnds(t *testing.T) {
	t.Parallel()
	recipe, err := parse([]byte(`on:
  join: [{join: r}]
  loop: [{each: $0, do: [{emit: x}]}]
  wide: [{each: $0, do: [{emit: x, to: others}]}]
  steps: [{each: $0, do: [{each: $args.0, do: [{if: [$it, "=", 1], emit: x}]}]}]
  bytes: [{each: $0, do: [{emit: x, to: $1, args: [$2]}]}]
  made: [{each: $0, do: [{if: [{$cat: [$1, $1]}, "=", 1], emit: x}]}]
  deep: [{emit: x, args: [$0]}]
  parsed: [{emit: x, args: [$0.@json]}]
  many: [{emit: x}, {each: $0, do: [{emit: x}]}]
  full: [{join: "1", max: 1, full: [{each: $0, do: [{emit: x}]}]}]
  rooms: [{each: $0, do: [{join: $it}]}]
  named: [{join: $0}]
  data: [{set: {k: $0}}]
`), "r.yaml")
	if err != nil {
		t.Fatal(err)
	}
	half := json.RawMessage(`"` + strings.Repeat("x", 8<<10-2) + `"`)
	nested := strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth)
	for _, tt := range []struct {
		event string
		args  []json.RawMessage
		gets  int
		err   string
	}{
		{"loop", []json.RawMessage{zeros(maxLoop)}, maxEmits, ""},
		{"loop", []json.RawMessage{zeros(maxLoop + 1)}, 0, "r.yaml:3: each: the list has 257 items, the limit is 256"},
		{"many", []json.RawMessage{zeros(maxLoop)}, maxEmits, "r.yaml:10: emit: one event emits more than 256 times"},
		{"wide", []json.RawMessage{zeros(maxWide)}, maxWide, ""},
		{"wide", []json.RawMessage{zeros(maxWide + 1)}, maxWide, "r.yaml:4: emit: one event emits to rooms or to all more than 32 times"},
		{"steps", []json.RawMessage{zeros(31)}, 0, ""},
		{"steps", []json.RawMessage{zeros(32)}, 0, "r.yaml:5: each: one event takes more than 1024 steps"},
		{"bytes", []json.RawMessage{zeros(128), json.RawMessage(`"a"`), half}, 128, ""},
		{"bytes", []json.RawMessage{zeros(129), json.RawMessage(`"a"`), half}, 128, "r.yaml:6: emit: one event makes and sends more than a megabyte"},
		{"made", []json.RawMessage{zeros(64), half}, 0, ""},
		{"made", []json.RawMessage{zeros(65), half}, 0, "r.yaml:7: emit: one event makes and sends more than a megabyte"},
		{"deep", []json.RawMessage{json.RawMessage(nested)}, 1, ""},
		{"deep", []json.RawMessage{json.RawMessage("[" + nested + "]")}, 0, "lists and objects in each other are more than 64"},
		{"parsed", []json.RawMessage{quote(nested)}, 1, ""},
		{"parsed", []json.RawMessage{quote("[" + nested + "]")}, 0, "r.yaml:9: emit: lists and objects in each other are more than 64"},
		{"rooms", []json.RawMessage{json.RawMessage(numbers(server.MaxRooms))}, 0, "r.yaml:12: join: too many rooms"}, // it is in one
		{"named", []json.RawMessage{quote(strings.Repeat("x", server.MaxName+1))}, 0, "r.yaml:13: join: the name has 201 bytes, the limit is 200"},
		{"data", []json.RawMessage{half}, 0, "r.yaml:14: set: the data of a socket would have 8198 bytes, the limit is 300"},
		{"full", []json.RawMessage{zeros(maxLoop + 1)}, 0, "r.yaml:11: each: the list has 257 items, the limit is 256"},
	} {
		world := servertest.New(recipe)
		other, _ := world.Connect(t.Context(), "b", servertest.Handshake{})
		a, _ := world.Connect(t.Context(), "a", servertest.Handshake{})
		_, _ = other.Emit(t.Context(), "join"), a.Emit(t.Context(), "join")
		_ = other.Emit(t.Context(), "full", []int{})
		world.Took()
		err := a.Send(t.Context(), server.Event{Name: tt.event, Args: tt.args})
		if got := fmt.Sprint(err); got != tt.err && (err != nil || tt.err != "") {
			t.Errorf("%s: got %s, want %s", tt.event, got, tt.err)
		}
		if c, asked := errors.AsType[server.Complaint](err); err != nil && (!asked || string(c) != err.Error()) {
			t.Errorf("%s: what the client is to blame for is a fault of the service's: %v", tt.event, err)
		}
		if got := len(world.Took()); got != tt.gets {
			t.Errorf("%s: %d events came, want %d", tt.event, got, tt.gets)
		}
	}
}

func TestBinaryArgumentsArePassedOn(t *testing.T) {
	t.Parallel()
	recipe, err := parse([]byte(`on: {key: [{emit: key, to: $0.to, args: [{k: $0.k, from: $id}]}, {ack: [$0.k]}]}`), "r.yaml")
	if err != nil {
		t.Fatal(err)
	}
	world := servertest.New(recipe)
	a, _ := world.Connect(t.Context(), "a", servertest.Handshake{})
	_, _ = world.Connect(t.Context(), "b", servertest.Handshake{})
	if err := a.Send(t.Context(), server.Event{
		Name: "key", Args: []json.RawMessage{[]byte(`{"to":"b","k":{"_placeholder":true,"num":1}}`)},
		Attachments: []string{"AA==", "AQ=="}, Ack: true,
	}); err != nil {
		t.Fatal(err)
	}
	got := world.Took()
	if len(got) != 2 || got[0].String() != `b: key({"k":{"_placeholder":true,"num":1},"from":"a"})` {
		t.Fatalf("got %v", got)
	}
	for _, r := range got {
		if !slices.Equal(r.Event.Attachments, []string{"AA==", "AQ=="}) {
			t.Errorf("%v has the attachments %q", r, r.Event.Attachments)
		}
	}
}

func TestARecipeNeedsWhatItsWordsAskFor(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]server.Needs{
		"connect: [{name: $id}, {set: {a: 1}}, {emit: hello}]":            {},
		"on: {a: [{emit: x, to: others, args: [$data, $name]}]}":          {},
		"on: {a: [{emit: x, to: all}]}":                                   {Everyone: true},
		"disconnect: [{emit: x, to: rest}]":                               {Everyone: true},
		"on: {a: [{ack: [$all.0]}]}":                                      {Everyone: true},
		`on: {a: [{emit: x, args: [{b: [{$cat: [[], $directory]}]}]}]}`:   {Everyone: true},
		"on: {a: [{join: r, full: [{each: $0, do: [{set: {a: $it}}]}]}]}": {Own: true},
		"on: {a: [{name: $0}]}":                                           {Own: true},
	} {
		r, err := parse([]byte(source), "r.yaml")
		if err != nil {
			t.Errorf("%s: %v", source, err)
		} else if r.Needs() != want {
			t.Errorf("%s: got %+v, want %+v", source, r.Needs(), want)
		}
	}
}

func TestNewIsTheSameInOneEventOnly(t *testing.T) {
	t.Parallel()
	recipe, err := parse([]byte(`on: {a: [{join: r}, {emit: x, args: [$new, $new]}, {leave: r}]}
leave: [{emit: x, args: [$new, $new]}]`), "r.yaml")
	if err != nil {
		t.Fatal(err)
	}
	world := servertest.New(recipe)
	a, _ := world.Connect(t.Context(), "a", servertest.Handshake{})
	_, _ = a.Emit(t.Context(), "a"), a.Emit(t.Context(), "a")
	got := world.Took()
	if len(got) != 4 {
		t.Fatalf("got %v", got)
	}
	arg := func(event, n int) string { return string(got[event].Event.Args[n]) }
	if arg(0, 0) != arg(1, 1) || arg(0, 0) == arg(2, 0) {
		t.Errorf("got %v", got)
	}
}

func TestTheLinesThatAskForMoreAreKnown(t *testing.T) {
	t.Parallel()
	r, err := parse([]byte(`on:
  a:
    - {name: $0}
    - {set: {a: 1}}
    - {emit: x, args: [$all]}
    - {emit: x, to: rest}
`), "r.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if everyone, own := r.Why(); everyone != 5 || own != 3 {
		t.Errorf("got %d and %d", everyone, own)
	}
}
