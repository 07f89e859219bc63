package doctor

import (
	"strings"
	"testing"
)

func TestHowAnAppMakesItsClientIsRead(t *testing.T) {
	for text, want := range map[string]IO{
		`io("https://api.example/prod")`: {"wss", "api.example", "/prod", "/socket.io", true, true, ""},
		`const s = io('ws://127.0.0.1:3000', { path: '/prod', transports: ['websocket'], addTrailingSlash: false })`: {
			"ws", "127.0.0.1:3000", "/", "/prod", false, false, "",
		},
		"io.connect(`api.example:8080`, {\"transports\": [\"websocket\", \"polling\"], \"path\": \"prod/\"})": {
			"wss", "api.example:8080", "/", "/prod", true, false, "",
		},
		`io("//api.example/chat", {transports: ["polling"], addTrailingSlash: true})`: {"wss", "api.example", "/chat", "/socket.io", true, true, ""},
		`io("http://api.example/", {path: "/prod?p=", transports: ["websocket"]})`:    {"ws", "api.example", "/", "/prod", false, false, ""},
		"https://api.example/socket.io/?EIO=4&transport=polling&t=x":                  {"wss", "api.example", "/", "/socket.io", true, true, "4"},
		"wss://api.example/prod?EIO=2&transport=websocket":                            {"wss", "api.example", "/", "/prod", false, false, "2"},
		"wss://api.example/prod?p=/?EIO=3&transport=websocket":                        {"wss", "api.example", "/", "/prod", false, false, "3"},
	} {
		if got, err := ReadIO(text); err != nil || got == nil || *got != want {
			t.Errorf("%s: got %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"wss://api.example/prod", "wss://api.example/io", "wss://api.example/prod?EIOX=4", "::"} {
		if got, err := ReadIO(text); got != nil || err != nil {
			t.Errorf("%s: got %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"io()", "io({ path: '/prod' })", `io("/chat")`} {
		if got, err := ReadIO(text); err == nil {
			t.Errorf("%s: got %+v", text, got)
		}
	}
}

func TestAClientIsToldWhichOptionsToSet(t *testing.T) {
	const right = `write io("wss://api.example", { path: "/prod", addTrailingSlash: false, transports: ["websocket"] })`
	for text, setting := range map[string]string{
		`io("wss://api.example", { path: "/prod", addTrailingSlash: false, transports: ["websocket"] })`: "",
		`io("https://api.example", { path: "/prod?p=", transports: ["websocket"] })`:                     "",
		`io("https://api.example", { path: "/prod", transports: ["websocket"] })`:                        "addTrailingSlash of io()",
		`io("https://api.example", { path: "/prod", addTrailingSlash: false })`:                          "transports of io()",
		`io("https://api.example/prod", { path: "/prod/" })`:                                             "URL, transports, addTrailingSlash of io()",
		"https://api.example/prod/?EIO=4&transport=polling&t=x":                                          "transports, addTrailingSlash of io()",
		"wss://api.example/prod?EIO=2&transport=websocket":                                               "version of io()",
	} {
		io, err := ReadIO(text)
		if err != nil {
			t.Fatal(err)
		}
		e := &examination{Options: Options{URL: io.URL(), IO: io}}
		_, err = e.client(t.Context())
		if setting == "" {
			if err != nil || e.URL != "wss://api.example/prod" {
				t.Errorf("%s: got %v and %s", text, err, e.URL)
			}
			continue
		}
		if _, got, advice := explain(err); got != setting || advice != right {
			t.Errorf("%s: got %s: %v, %s", text, got, err, advice)
		}
	}
	io, err := ReadIO(`io("https://api.example/chat", { path: "/prod", addTrailingSlash: false, transports: ["websocket"] })`)
	if err != nil {
		t.Fatal(err)
	}
	e := &examination{Options: Options{URL: io.URL(), IO: io}}
	const chat = "it connects by WebSocket at /prod; what stands behind the host, /chat, is its namespace"
	if detail, err := e.client(t.Context()); err != nil || detail != chat {
		t.Errorf("got %s, %v", detail, err)
	}
	e = &examination{Options: Options{URL: "wss://api.example/prod"}}
	if detail, err := e.client(t.Context()); err != nil || !strings.HasSuffix(detail, right) {
		t.Errorf("got %s, %v", detail, err)
	}
}
