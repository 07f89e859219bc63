package apigw

import (
	"strings"
	"testing"
	"time"
)

func TestRouteSelectionExpression(t *testing.T) {
	for _, tt := range []struct{ name, expr, body, want string }{
		{"a variable", "$request.body.action", `{"action":"join"}`, "join"},
		{"in braces", "${request.body.action}", `{"action":"join"}`, "join"},
		{"nested", "$request.body.a.b", `{"a":{"b":"c"}}`, "c"},
		{"array index", "$request.body.a[1]", `{"a":["x","y"]}`, "y"},
		{"quoted name", "${request.body['a b']}", `{"a b":"c"}`, "c"},
		{"joined", "${request.body.service}/${request.body.action}", `{"action":"join","service":"chat"}`, "chat/join"},
		{"unresolved is empty", "join-${request.body.x}", `{}`, "join-"},
		{"static", "action", `{}`, "action"},
		{"escaped dollar", `\$default`, `{}`, "$default"},
		{"no recursion", "$request.body.action", `{"action":"$request.body.other","other":"x"}`, "$request.body.other"},
		{"number as written", "$request.body.action", `{"action":1.50}`, "1.50"},
		{"boolean", "$request.body.action", `{"action":true}`, "true"},
		{"null is unresolved", "$request.body.action", `{"action":null}`, ""},
		{"array", "$request.body.action", `{"action":["a", "b",1]}`, "[a, b, 1]"},
		{"the last of two", "$request.body.action", `{"action":"a","action":"b"}`, "b"},
		{"escapes in name and value", "$request.body.action", `{"\u0061ction":"j\u006fin"}`, "join"},
		{"names are case-sensitive", "$request.body.action", `{"Action":"join"}`, ""},
		{"only at its level", "$request.body.action", `{"x":{"action":"join"}}`, ""},
		{"not an object", "$request.body.action", `["action"]`, ""},
		{"a string", "$request.body.action", `"action"`, ""},
		{"not JSON", "$request.body.action", `action=join`, ""},
		{"JSON with more behind it", "$request.body.action", `{"action":"join"} x`, ""},
		{"empty", "$request.body.action", ``, ""},
		{"path through a string", "$request.body.a.b", `{"a":"b"}`, ""},
		{"what a message does not have", "${context.routeKey}x", `{}`, "x"},
	} {
		s, err := parseSelector(tt.expr)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.key([]byte(tt.body)); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
	for _, bad := range []string{"", "${request.body.a"} {
		if _, err := parseSelector(bad); err == nil {
			t.Errorf("%q: got no error", bad)
		}
	}
}

func TestHostileMessagesAreRoutedInNoTime(t *testing.T) {
	s, err := parseSelector("$request.body.action")
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	for _, body := range []string{
		strings.Repeat("[", maxMessage), strings.Repeat(`{"a":`, maxMessage/5), `{"action":` + strings.Repeat("[",
			60_000) + strings.Repeat("]", 60_000) + "}",
		"{" + strings.Repeat(`"a":1,`, 20_000) + `"action":"x"}`, `{"action":"` + strings.Repeat(`\\`, 60_000) + `"}`,
		"{" + strings.Repeat(`"`, 131_000),
	} {
		s.key([]byte(body))
	}
	if took := time.Since(began); took > 20*time.Second { // milliseconds, but for a look at each part again and again
		t.Errorf("took %v", took)
	}
}

func FuzzSelector(f *testing.F) {
	f.Add("${request.body.a[0].b}/$request.body.c", `{"a":[{"b":1}],"c":"d"}`)
	f.Add(`\$x$$ ${}`, `{"x":}`)
	f.Fuzz(func(t *testing.T, expr, body string) {
		if s, err := parseSelector(expr); err == nil {
			s.key([]byte(body)) // never panics
		}
	})
}
