package replay

import "testing"

// say makes events of texts: those that begin with < came from the server, the others from a client.
func say(texts ...string) []event {
	events := []event{}
	for _, text := range texts {
		e := event{Kind: kindClient, Text: text}
		if text[0] == '<' {
			e.Kind, e.Text = kindServer, text[1:]
		}
		events = append(events, e)
	}
	return events
}

func TestSame(t *testing.T) {
	for _, tt := range []struct {
		name       string
		was, is    string
		otherwise  string // a client's message, before
		difference bool
	}{
		{name: "order of fields and spacing", was: `{"a":1,"b":[true,null]}`, is: `{ "b": [true, null], "a": 1 }`},
		{name: "another field", was: `{"a":1}`, is: `{"a":1,"b":1}`, difference: true},
		{name: "a field less", was: `{"a":1,"b":1}`, is: `{"a":1}`, difference: true},
		{name: "order of a list", was: `[1,2]`, is: `[2,1]`, difference: true},
		{name: "null is not false", was: `[null]`, is: `[false]`, difference: true},
		{name: "a number", was: `{"n":1}`, is: `{"n":2}`, difference: true},
		{name: "a number, written otherwise", was: `{"n":1}`, is: `{"n":1.0}`},
		{name: "a long number", was: `[9007199254740993]`, is: `[9007199254740992]`, difference: true},
		{name: "epoch seconds", was: `{"at":1790000000}`, is: `{"at":1795000000}`},
		{name: "epoch milliseconds", was: `{"at":1790000000000}`, is: `{"at":1795000000000}`},
		{name: "seconds for milliseconds", was: `{"at":1790000000000}`, is: `{"at":1795000000}`, difference: true},
		{name: "a date", was: `["2026-01-01T00:00:00Z"]`, is: `["2026-01-02T00:00:00Z"]`},
		{name: "an ID", was: `{"id":"aZ3-kk_91="}`, is: `{"id":"bb7=Qx-00"}`},
		{name: "one ID, now two", was: `["aZ3-kk_91=","aZ3-kk_91="]`, is: `["bb7=Qx-00","cc7=Qx-00"]`, difference: true},
		{name: "two IDs, now one", was: `["aZ3-kk_91=","bZ3-kk_91="]`, is: `["bb7=Qx-00","bb7=Qx-00"]`, difference: true},
		{name: "a short string", was: `["a1"]`, is: `["b1"]`, difference: true},
		{name: "a type", was: `{"type":"peer-joined"}`, is: `{"type":"peer-updated"}`, difference: true},
		{name: "an error", was: `["ConditionalCheckFailed"]`, is: `["ResourceNotFound"]`, difference: true},
		{name: "a sentence", was: `["all 16 seats are taken"]`, is: `["all 17 seats are taken"]`, difference: true},
		{name: "what a client said", otherwise: `["room-000001"]`, was: `["room-000001"]`, is: `["room-000002"]`, difference: true},
		{name: "what somebody else is", otherwise: `["room-000002"]`, was: `["room-000001"]`, is: `["room-000002"]`, difference: true},
		{name: "text", was: `hello you`, is: `hello you`},
		{name: "other text", was: `hello`, is: `hullo`, difference: true},
		{name: "text for JSON", was: `{"a":1}`, is: `{"a":1`, difference: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			events := say("<" + tt.was)
			if tt.otherwise != "" {
				events = say(tt.otherwise, "<"+tt.was)
			}
			if same := newBinder(events).same(tt.was, tt.is); same == tt.difference {
				t.Errorf("%s and %s: got %v", tt.was, tt.is, same)
			}
		})
	}
}

func TestBoundValuesAreSentAsTheyAreToday(t *testing.T) {
	const joined, today = `{"type":"joined","address":"old/<1>\"x"}`, `{"type":"joined","address":"new/<2>\"y"}`
	b := newBinder(say("<"+joined, "<"+`{"address":"never-1234"}`))
	if b.same(joined, `{"type":"failed","address":"wrong/<2>"}`) || len(b.today) != 0 {
		t.Errorf("a frame that differs bound %v", b.today)
	}
	if !b.same(joined, today) {
		t.Fatal("not the same")
	}
	if b.same(joined, `{"type":"joined","address":"third/<3>"}`) {
		t.Error("a value was bound twice")
	}
	for text, want := range map[string]string{
		`{ "to":"old\/<1>\"x", "n":1.50 }`: `{ "to":"new/<2>\"y", "n":1.50 }`, // the rest byte for byte
		`["old/<1>\"x and more"]`:          `["old/<1>\"x and more"]`,
		`old/<1>"x`:                        `new/<2>"y`,
		`{"a":"\\"`:                        `{"a":"\\"`,
		``:                                 ``,
	} {
		if got := b.text(text); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
	if got, want := b.query(`a=1&token=old%2F%3C1%3E%22x&b`), `a=1&token=new%2F%3C2%3E%22y&b`; got != want {
		t.Errorf("query: got %s, want %s", got, want)
	}
}
