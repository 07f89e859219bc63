package gateway_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/internal/admission"
	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/metrics/metricstest"
	"github.com/parley-rtc/parley/internal/signaling"
)

// reads counts the reads of connections, and fails them if it is told to.
type reads struct {
	signaling.ConnectionStore
	n   int
	err error
}

func (r *reads) Connection(ctx context.Context, id signaling.ConnID, consistent bool) (signaling.Connection, error) {
	r.n++
	if r.err != nil {
		return signaling.Connection{}, r.err
	}
	return r.ConnectionStore.Connection(ctx, id, consistent)
}

func TestTheFirstThatKnowsAHandshakeServesIt(t *testing.T) {
	for name, tt := range map[string]struct {
		query, offers, want string
	}{
		"the second alone":      {"toys=two", "", "two"},
		"both":                  {"toys=two,one", "", "one"},
		"one, by its selector":  {"dialect=one", "", "one"},
		"ours before theirs":    {"toys=one", "parley.v1", "parley.v1"},
		"ours, by its selector": {"dialect=parley.v1", "", "parley.v1"},
		"nobody":                {"toys=three", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, &toy{name: "one"}, &toy{name: "two"})
			var offers []string
			if tt.offers != "" {
				offers = []string{tt.offers}
			}
			status, conn := s.connects(tt.query, offers...)
			if status != 200 || conn.Dialect != tt.want || s.last().Dialect != tt.want {
				t.Errorf("got %d, %q, in the log %q, want %q", status, conn.Dialect, s.last().Dialect, tt.want)
			}
		})
	}
}

func TestAGreetingAnswersTheHandshake(t *testing.T) {
	s := serve(t, &toy{name: "one", greeting: dialect.Greeting{Subprotocol: "one.v2", State: "blue", Opener: true}})
	s.handler.Admission = &door{}
	e := s.event("$connect", "alice")
	e.MultiValueQueryStringParameters = map[string][]string{"dialect": {"one"}, "key": {"K"}, "token": {"T"}}
	e.Headers = map[string]string{"Sec-WebSocket-Protocol": "parley.token.U, one.v2"}
	resp, err := s.handler.Connect(t.Context(), e)
	if err != nil || resp.StatusCode != 200 || resp.Subprotocol != "one.v2" || !s.opener.asked {
		t.Errorf("got %+v, %v, opener %v", resp, err, s.opener.asked)
	}
	want(t, "tokens", s.handler.Admission.(*door).shown.Tokens, []string{"K"})
	conn, err := s.store.Connection(t.Context(), "alice", true)
	if err != nil || conn.State != "blue" || conn.Rights == nil {
		t.Errorf("got %+v, %v", conn, err)
	}
}

func TestAHandshakeOfAnotherProtocolIsRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		query  string
		offers []string
		says   string
	}{
		"a dialect":     {"dialect=unknown", nil, "dialect that is not served"},
		"no name":       {"dialect=", nil, "dialect that is not served"},
		"a subprotocol": {"", []string{"mqtt"}, "no subprotocol of ours"},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, &toy{name: "one"})
			status, _ := s.connects(tt.query, tt.offers...)
			if status != 400 || strings.Contains(s.logged.String(), "unknown") {
				t.Errorf("got %d, %s", status, s.logged.String())
			}
			s.wantLogged("INFO", "connect refused", tt.says)
			if _, err := s.store.Connection(t.Context(), "alice", true); !errors.Is(err, signaling.ErrGone) {
				t.Errorf("it is remembered: %v", err)
			}
		})
	}
}

func TestTheFirstFrameDecidesWhatTheHandshakeDidNot(t *testing.T) {
	one, two := &toy{name: "one"}, &toy{name: "two"}
	s := serve(t, beginner{one}, beginner{two})
	if status, conn := s.connects(""); status != 200 || conn.Dialect != "" {
		t.Fatalf("got %d, %+v", status, conn)
	}
	want(t, "a frame of two", s.says("two: hello"), []string{"two: hello"})
	want(t, "what two heard", two.take(), []string{"message two: hello"})
	want(t, "what one heard", one.take(), nil)
	if l := s.last(); l.Dialect != "two" || l.Action != "toy" || l.Outcome != "ok" {
		t.Errorf("got %+v", l)
	}
	// Whoever nobody claims speaks ours.
	if got := strings.Join(s.says("three: hello"), ""); !strings.Contains(got, `"code":"bad-json"`) {
		t.Errorf("got %s", got)
	}
	if l := s.last(); l.Dialect != "parley.v1" {
		t.Errorf("got %+v", l)
	}
}

func TestAFrameOfAFormOfItsOwnNeedsNoRead(t *testing.T) {
	one := &toy{name: "one"}
	s := serve(t, recognizer{one})
	counted := &reads{ConnectionStore: s.store, err: errors.New("no store")}
	s.handler.House.Connections = counted
	s.connects("dialect=one")
	want(t, "a heartbeat", s.says("one!"), nil)
	want(t, "what one heard", one.take(), []string{"beat"})
	want(t, "ours", s.says(`{"action":"ping"}`), []string{`{"type":"pong"}`})
	if counted.n > 0 {
		t.Errorf("%d reads", counted.n)
	}
	counted.err = nil
	for range 3 {
		s.says("anything")
	}
	if counted.n != 1 {
		t.Errorf("%d reads for three frames that need one", counted.n)
	}
}

func TestADialectThatIsServedNoMore(t *testing.T) {
	old := &toy{name: "old"}
	s := serve(t, old, &toy{name: "new"})
	s.connects("dialect=old")
	s.handler.Dialects = append(s.handler.Dialects[:1:1], s.handler.Dialects[2]) // a deployment
	want(t, "a frame", s.says("hello"), nil)
	s.wantLogged("ERROR", "message failed", `"old", which DIALECTS no longer has`)
	want(t, "the opener", s.happens(s.event("$opened", "alice")), nil)
	s.wantLogged("ERROR", "open failed", "DIALECTS has to be the same")
	s.disconnects()
	want(t, "what it heard", old.take(), nil)
	if _, err := s.store.Connection(t.Context(), "alice", true); !errors.Is(err, signaling.ErrGone) {
		t.Errorf("it is remembered: %v", err)
	}
}

func TestAConnectionThatEndsIsToldToItsDialect(t *testing.T) {
	one, two := &toy{name: "one"}, &toy{name: "two"}
	s := serve(t, one, two)
	s.connects("dialect=two")
	s.disconnects()
	want(t, "what two heard", two.take(), []string{"closed alice"})
	want(t, "what one heard", one.take(), nil)
	if l := s.last(); l.Dialect != "two" {
		t.Errorf("got %+v", l)
	}
}

func TestWhatADialectCostsIsAMetricOfItsOwn(t *testing.T) {
	spend := func(s *served) (all, one, ours bool) {
		t.Helper()
		doc, err := metricstest.Read(bytes.TrimSpace(s.logged.Bytes()))
		if err != nil || doc == nil {
			t.Fatalf("%v in %s", err, s.logged.String())
		}
		s.logged.Reset()
		_, all = doc.Metrics["Parley/Spend{Service=calls}"]
		_, one = doc.Metrics["Parley/Spend{Service=calls,Dialect=one}"]
		_, ours = doc.Metrics["Parley/Spend{Service=calls,Dialect=parley.v1}"]
		return all, one, ours
	}
	s := serve(t, recognizer{&toy{name: "one", greeting: dialect.Greeting{Opener: true}}})
	s.handler.Meter.Service = "calls"
	for _, event := range []struct {
		what string
		is   func()
		one  bool
	}{
		{"a handshake", func() { s.connects("dialect=one") }, true},
		{"an opener", func() { s.happens(s.event("$opened", "alice")) }, true},
		{"a message", func() { s.says("hello") }, true},
		{"a heartbeat", func() { s.says("one!") }, true},
		{"an end", s.disconnects, true},
		{"a handshake that shows nothing", func() { s.connects("") }, false},
		{"a message of ours", func() { s.says(`{"action":"ping"}`) }, false},
		{"a handshake of ours", func() { s.connects("", "parley.v1") }, false},
		{"an end of ours", s.disconnects, false},
	} {
		event.is()
		if all, one, ours := spend(s); !all || one != event.one || ours {
			t.Errorf("%s: with all %v, by its dialect %v, by ours %v", event.what, all, one, ours)
		}
	}
}

// When the store fails, frames that show what they are go on.
func TestAStoreThatFailsWhenTheDialectHasToBeRead(t *testing.T) {
	one := &toy{name: "one"}
	s := serve(t, beginner{one})
	s.connects("dialect=one")
	s.handler.House.Connections = &reads{err: errors.New("dial tcp 192.0.2.7:443: no answer")}
	want(t, "a frame of anybody", s.says("hello"), nil)
	s.wantLogged("ERROR", "message failed", "no answer")
	want(t, "a frame of its own", s.says("one: hello"), []string{"one: hello"})
	want(t, "one of ours", s.says(`{"action":"ping"}`), []string{`{"type":"pong"}`})
	want(t, "what it heard", one.take(), []string{"message one: hello"})
}

// bouncer lets nobody in.
type bouncer struct{ code signaling.Code }

func (b bouncer) Admit(context.Context, signaling.Handshake) (*signaling.Rights, error) {
	return nil, signaling.Errorf(b.code, "not you")
}

func TestARefusedTokenIsToldInTheProtocolsOwnWords(t *testing.T) {
	refused := func(e *signaling.Error) string { return "refused: " + e.Msg }
	one := &toy{name: "one", needs: true, greeting: dialect.Greeting{Opener: true, State: "welcome", Refused: refused}}
	mute := &toy{name: "mute"}
	for name, tt := range map[string]struct {
		query  string
		code   signaling.Code
		status int
		state  string
	}{
		"a token, in its words":         {"dialect=one", signaling.CodeUnauthorized, 200, "refused: not you"},
		"a page, at the handshake":      {"dialect=one", signaling.CodeForbidden, 403, ""},
		"a token, where it has no word": {"dialect=mute", signaling.CodeUnauthorized, 401, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, one, mute)
			s.handler.Admission, s.handler.House.NeedRights = bouncer{tt.code}, true
			status, conn := s.connects(tt.query)
			opens := tt.status == 200
			if status != tt.status || conn.State != tt.state || conn.Rights != nil || s.opener.asked != opens {
				t.Fatalf("got %d, %+v, opener %v", status, conn, s.opener.asked)
			}
			s.wantLogged("INFO", "connect refused", "not you")
			if got := s.last().Outcome; got != string(tt.code) {
				t.Errorf("the outcome is %s", got)
			}
			if !opens {
				return
			}
			s.happens(s.event("$opened", "alice"))
			want(t, "what it knows", one.take(), []string{"opened alice refused: not you"})
			want(t, "a frame without rights", s.says("hello"), nil)
			if l := s.last(); l.Outcome != "unauthorized" || l.Level != "INFO" {
				t.Errorf("got %+v", l)
			}
		})
	}
}

// The zero Gate is that of AUTH=none, and lets a dialect ask for no rights.
func TestWithoutAdmissionEverybodyHasEveryRight(t *testing.T) {
	s := serve(t, &toy{name: "one", needs: true})
	s.handler.Admission = &admission.Gate{}
	s.connects("dialect=one")
	want(t, "a frame", s.says("hello"), []string{"hello"})
}

func TestFramesThatAreTooMuch(t *testing.T) {
	limits := signaling.Limits{Message: 10, Rate: 10, Burst: 3}
	long := strings.Repeat("x", 11)
	for name, tt := range map[string]struct {
		dialect func(*toy) dialect.Dialect
		heard   []string
		told    []string
	}{
		"without words": {
			func(d *toy) dialect.Dialect { return d },
			[]string{"message 1", "message 3"},
			[]string{"1", "3"},
		},
		"with words": {
			func(d *toy) dialect.Dialect { return talker{d} },
			[]string{"message 1", "refuse too-large " + long, "message 3", "refuse rate-limited 4", "muted rate-limited"},
			[]string{"1", "no: too-large", "3", "no: rate-limited"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			one := &toy{name: "one"}
			s := serve(t, tt.dialect(one))
			s.connects("dialect=one")
			s.handler.Service.Limits = limits
			var told, outcomes []string
			for _, body := range []string{"1", long, "3", "4", "5"} {
				told = append(told, s.says(body)...)
				l := s.last()
				outcomes = append(outcomes, l.Outcome)
				if l.Level == "ERROR" || l.Dialect != "one" {
					t.Errorf("got %+v", l)
				}
			}
			want(t, "what it heard", one.take(), tt.heard)
			want(t, "what was told", told, tt.told)
			want(t, "what the log says", outcomes, []string{"ok", "too-large", "ok", "rate-limited", "rate-limited"})
		})
	}
}
