package admission_test

import (
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/parley-rtc/parley/internal/admission"
	"github.com/parley-rtc/parley/internal/signaling"
)

// keyServer serves a JWK Set at one address, whatever happens to it.
type keyServer struct {
	t       *testing.T
	address string
	server  *http.Server // nil while nobody listens
	asked   atomic.Int64

	mu     sync.Mutex
	answer http.HandlerFunc
}

func newKeyServer(t *testing.T, answer http.HandlerFunc) *keyServer {
	t.Helper()
	s := &keyServer{t: t, address: "127.0.0.1:0", answer: answer}
	s.listen()
	t.Cleanup(s.refuse)
	return s
}

// listen begins to listen, at the address of before.
func (s *keyServer) listen() {
	s.t.Helper()
	l, err := net.Listen("tcp", s.address)
	if err != nil {
		s.t.Fatal(err)
	}
	s.address = l.Addr().String()
	s.server = &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}
	server := s.server
	go func() { _ = server.Serve(l) }()
}

// refuse ends all connections and takes no more.
func (s *keyServer) refuse() {
	if s.server != nil {
		_ = s.server.Close()
		s.server = nil
	}
}

func (s *keyServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.asked.Add(1)
	s.mu.Lock()
	answer := s.answer
	s.mu.Unlock()
	answer(w, r)
}

func (s *keyServer) answers(answer http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = answer
}

func (s *keyServer) tokens() *admission.Tokens {
	s.t.Helper()
	tokens, err := admission.WithKeys(s.t.Context(), "http://"+s.address, admission.Expected{})
	if err != nil {
		s.t.Fatal(err)
	}
	return tokens
}

func serving(t *testing.T, keys ...map[string]string) http.HandlerFunc {
	t.Helper()
	raw, err := json.Marshal(map[string]any{"keys": keys})
	if err != nil {
		t.Fatal(err)
	}
	return text(string(raw))
}

func text(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) }
}

func broken(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }

// outages are the ways in which a server of keys fails.
var outages = map[string]http.HandlerFunc{
	"500": broken,
	"503, with keys": func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(503)
		_, _ = w.Write([]byte(`{"keys":[]}`))
	},
	"an empty answer":      text(""),
	"a page":               text("<html>We are back soon</html>"),
	"half an answer":       text(`{"keys":[{"kty":"EC",`),
	"JSON of another kind": text(`{"error":"unavailable"}`),
	"a list":               text(`[]`),
	"keys that are none":   text(`{"keys":"none"}`),
	"keys of no known kind": text(`{"keys":[{"kty":"unknown"},{"kty":7},null,[],
		{"kty":"EC","kid":"e","crv":"P-256","x":"AA","y":"AA"}]}`),
	"too long": text(`{"keys":[` + strings.Repeat(" ", 2<<20) + `]}`),
	"a connection that ends": func(w http.ResponseWriter, _ *http.Request) {
		if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
			_ = conn.Close()
		}
	},
	"to plain http":    redirect("http://192.0.2.1/keys"),
	"in a circle":      redirect("/"),
	"nobody listening": nil,
}

func redirect(to string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) }
}

func (s *keyServer) fails(how http.HandlerFunc) {
	if how == nil {
		s.refuse()
		return
	}
	s.answers(how)
}

func (s *keyServer) heals(answer http.HandlerFunc) {
	s.t.Helper()
	s.answers(answer)
	if s.server == nil {
		s.listen()
	}
}

// wantOurs says that nobody gets in, and that it is not for the token.
func wantOurs(t *testing.T, tokens *admission.Tokens, token string, at time.Time) {
	t.Helper()
	_, err := tokens.Verify(t.Context(), token, at)
	if _, refusal := errors.AsType[*signaling.Error](err); err == nil || refusal ||
		!strings.Contains(err.Error(), "the keys at AUTH_JWKS_URL could not be fetched: ") {
		t.Fatalf("got %v, want a failure that names AUTH_JWKS_URL", err)
	}
}

func wantIn(t *testing.T, tokens *admission.Tokens, token string, at time.Time) {
	t.Helper()
	if _, err := tokens.Verify(t.Context(), token, at); err != nil {
		t.Fatal(err)
	}
}

func TestWithoutKeysAServerThatHealsIsNoticedWithinFiveSeconds(t *testing.T) {
	key, public := ecKey(t, "e")
	token := sign(t, jwt.SigningMethodES256, "e", key)
	for name, how := range outages {
		for _, outage := range []time.Duration{0, 1500 * time.Millisecond, 10 * time.Second, 90 * time.Second} {
			t.Run(name+" for "+outage.String(), func(t *testing.T) {
				s := newKeyServer(t, broken)
				s.fails(how)
				tokens := s.tokens()
				at := now
				for end := now.Add(outage); !at.After(end); at = at.Add(500 * time.Millisecond) {
					wantOurs(t, tokens, token, at)
				}
				s.heals(serving(t, public))
				wantIn(t, tokens, token, at.Add(4*time.Second))
			})
		}
	}
	t.Run("after a request that got no answer", func(t *testing.T) {
		s := newKeyServer(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		tokens := s.tokens() // gives up by itself
		s.heals(serving(t, public))
		wantIn(t, tokens, token, now)
	})
}

func TestAnOutageIsNoReasonToAskAllTheTime(t *testing.T) {
	s := newKeyServer(t, broken)
	key, public := ecKey(t, "e")
	good, unknown := sign(t, jwt.SigningMethodES256, "e", key), sign(t, jwt.SigningMethodES256, "none", key)
	tokens := s.tokens()
	during := func(from, span time.Duration, meanwhile func(at time.Time)) int64 {
		before := s.asked.Load()
		for i := range 600 {
			meanwhile(now.Add(from + time.Duration(i)*span/600))
		}
		return s.asked.Load() - before
	}
	nobody := func(at time.Time) { wantOurs(t, tokens, unknown, at) }
	if n := during(0, time.Minute, nobody); n != 17 { // at 0, 1, 3, 7, 11, … 59 s
		t.Errorf("without keys the server is asked %d times in a minute", n)
	}
	s.heals(serving(t, public))
	wantIn(t, tokens, good, now.Add(time.Minute+4*time.Second))
	strangers := func(at time.Time) { wantRefusedAt(t, tokens, unknown, at, "key that is not known") }
	if n := during(2*time.Minute, time.Minute, strangers); n != 1 {
		t.Errorf("unknown keys have a healthy server asked %d times in a minute", n)
	}
	s.fails(broken)
	n := during(4*time.Minute, time.Minute, func(at time.Time) {
		strangers(at)
		wantIn(t, tokens, good, at)
	})
	if n != 6 { // at 0, 1, 3, 7, 15, 31 s
		t.Errorf("unknown keys have a server that is down asked %d times in a minute", n)
	}
	if n := during(2*time.Hour, time.Hour, func(at time.Time) { wantIn(t, tokens, good, at) }); n > 61 {
		t.Errorf("a server that is down is asked %d times in an hour", n)
	}
}

func TestKeysGoOnWhileTheServerIsDown(t *testing.T) {
	key, public := ecKey(t, "e")
	token := sign(t, jwt.SigningMethodES256, "e", key)
	fresh, freshPublic := ecKey(t, "f")
	for name, how := range outages {
		t.Run(name, func(t *testing.T) {
			s := newKeyServer(t, serving(t, public))
			tokens := s.tokens()
			wantIn(t, tokens, token, now)
			s.fails(how)
			asked := s.asked.Load()
			for _, later := range []time.Duration{time.Hour, time.Hour + time.Second, 5 * time.Hour} {
				wantIn(t, tokens, token, now.Add(later))
			}
			if how != nil && s.asked.Load() == asked {
				t.Fatal("the server was not asked")
			}
			s.heals(serving(t, freshPublic))
			wantIn(t, tokens, sign(t, jwt.SigningMethodES256, "f", fresh), now.Add(5*time.Hour+time.Minute))
		})
	}
}

// TestKeysThatAreTakenBackAreGone: a set without keys is no outage, but what whoever issues the tokens says.
func TestKeysThatAreTakenBackAreGone(t *testing.T) {
	key, public := ecKey(t, "e")
	token := sign(t, jwt.SigningMethodES256, "e", key)
	s := newKeyServer(t, serving(t, public))
	tokens := s.tokens()
	wantIn(t, tokens, token, now)
	s.answers(text(`{"keys":[]}`))
	wantOurs(t, tokens, token, now.Add(time.Hour))
	s.answers(serving(t, public))
	wantIn(t, tokens, token, now.Add(time.Hour+time.Second))
}

func TestHandshakesShareOneRequest(t *testing.T) {
	key, public := ecKey(t, "e")
	token := sign(t, jwt.SigningMethodES256, "e", key)
	s := newKeyServer(t, broken)
	tokens := s.tokens()
	release, arrived := make(chan struct{}), make(chan struct{})
	keys := serving(t, public)
	s.answers(func(w http.ResponseWriter, r *http.Request) {
		close(arrived) // panics, and so fails, the second time
		<-release
		keys(w, r)
	})
	verified := make(chan error, 50)
	for range cap(verified) {
		go func() {
			_, err := tokens.Verify(t.Context(), token, now)
			verified <- err
		}()
	}
	select {
	case <-arrived:
	case err := <-verified:
		t.Fatalf("a handshake ended before anybody had asked for the keys: %v", err)
	}
	close(release)
	for range cap(verified) {
		if err := <-verified; err != nil {
			t.Error(err)
		}
	}
	if n := s.asked.Load(); n != 2 {
		t.Errorf("the server was asked %d times, want once by the start and once by all others", n)
	}
}

func TestRedirectsStayAsSafeAsTheAddress(t *testing.T) {
	key, public := ecKey(t, "e")
	token := sign(t, jwt.SigningMethodES256, "e", key)
	keys := serving(t, public)
	plain, safe := httptest.NewServer(keys), httptest.NewTLSServer(keys)
	t.Cleanup(plain.Close)
	t.Cleanup(safe.Close)
	fromPlain := func(to string) *httptest.Server { return httptest.NewServer(redirect(to)) }
	fromSafe := func(to string) *httptest.Server { return httptest.NewTLSServer(redirect(to)) }
	back := fromSafe(plain.URL)
	t.Cleanup(back.Close)
	for name, tt := range map[string]struct {
		from *httptest.Server
		why  string // "" if it is followed
	}{
		"https to https":                  {fromSafe(safe.URL), ""},
		"https to loopback":               {fromSafe(plain.URL), "from https to http"},
		"https to https to loopback":      {fromSafe(back.URL), "from https to http"},
		"loopback to loopback":            {fromPlain(plain.URL), ""},
		"loopback to https":               {fromPlain(safe.URL), ""},
		"loopback to https to loopback":   {fromPlain(back.URL), "from https to http"},
		"loopback to another machine":     {fromPlain("http://192.0.2.1/"), "neither https nor http on loopback"},
		"https to another machine's http": {fromSafe("http://192.0.2.1/"), "neither https nor http on loopback"},
		"https to a file":                 {fromSafe("file:///etc/hosts"), "neither https nor http on loopback"},
		"https to ftp":                    {fromSafe("ftp://127.0.0.1/"), "neither https nor http on loopback"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Cleanup(tt.from.Close)
			trusting := safe.Client().Transport // all servers of this kind have one certificate
			tokens, err := admission.WithKeysThrough(t.Context(), tt.from.URL, admission.Expected{}, trusting)
			if err != nil {
				t.Fatal(err)
			}
			_, err = tokens.Verify(t.Context(), token, now)
			if (err == nil) != (tt.why == "") || err != nil && !strings.Contains(err.Error(), tt.why) {
				t.Errorf("got %v, want %q", err, tt.why)
			}
		})
	}
}

func TestWhatIsWrongWithATokenIsSaidWithoutKeysToo(t *testing.T) {
	tokens := newKeyServer(t, broken).tokens()
	wantRefused(t, tokens, "x.y.z", "no JSON Web Token")
	wantRefused(t, tokens, hs256(good()), "algorithm is not one")
}

func TestAFailureDoesNotTellTheAddress(t *testing.T) {
	s := newKeyServer(t, broken)
	s.refuse()
	tokens, err := admission.WithKeys(t.Context(), "http://"+s.address+"/keys?secret=s3cret", admission.Expected{})
	if err != nil {
		t.Fatal(err)
	}
	key, _ := ecKey(t, "e")
	_, err = tokens.Verify(t.Context(), sign(t, jwt.SigningMethodES256, "e", key), now)
	if err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("got %v", err)
	}
}
