package door_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/parley-rtc/parley/internal/app"
	"github.com/parley-rtc/parley/internal/app/door"
	"github.com/parley-rtc/parley/internal/signaling"
)

var secret = strings.Repeat("s", 32)

// message returns functions/message with those settings.
func message(t *testing.T, own door.Hook, settings ...string) *app.App {
	t.Helper()
	vars := map[string]string{
		"CONNECTIONS_TABLE": "c", "ROOMS_TABLE": "r", "AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "key",
	}
	for _, one := range settings {
		name, value, _ := strings.Cut(one, "=")
		vars[name] = value
	}
	a, err := app.New(func(name string) string { return vars[name] })
	if err != nil {
		t.Fatal(err)
	}
	door.Later(a, own)
	return a
}

func shown(t *testing.T, subject string) signaling.Handshake {
	t.Helper()
	now := time.Now()
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"sub": subject, "exp": now.Add(time.Hour).Unix()}).
		SignedString([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	return signaling.Handshake{Tokens: []string{token}, Time: now}
}

// banned is a project's own rule.
type banned struct {
	next signaling.Admission
	user string
}

func (b banned) Admit(ctx context.Context, h signaling.Handshake) (*signaling.Rights, error) {
	rights, err := b.next.Admit(ctx, h)
	if err == nil && rights != nil && rights.User == b.user {
		return nil, signaling.Errorf(signaling.CodeForbidden, "banned")
	}
	return rights, err
}

func noMallory(next signaling.Admission) signaling.Admission { return banned{next, "mallory"} }

func TestWhoMayBringATokenLate(t *testing.T) {
	jwt := []string{"AUTH=jwt", "AUTH_SECRET=" + secret}
	for _, tt := range []struct {
		name     string
		own      door.Hook
		settings []string
		want     bool
	}{
		{"all protocols, by tokens", nil, jwt, true},
		{"Socket.IO alone", nil, append(jwt, "DIALECTS=socket.io"), true},
		{"without Socket.IO", nil, append(jwt, "DIALECTS=peerjs"), false},
		{"nobody needs one", nil, []string{"AUTH=none"}, false},
		{"nobody decides", nil, []string{"AUTH=custom"}, false},
		{"the project decides", noMallory, []string{"AUTH=custom"}, true},
	} {
		if got := message(t, tt.own, tt.settings...).Handler.House.Admit != nil; got != tt.want {
			t.Errorf("%s: got %v", tt.name, got)
		}
	}
}

func TestATokenThatComesLateIsVerified(t *testing.T) {
	admit := message(t, noMallory, "AUTH=jwt", "AUTH_SECRET="+secret).Handler.House.Admit
	if rights, err := admit(t.Context(), shown(t, "ada")); err != nil || rights.User != "ada" {
		t.Errorf("got %+v, %v", rights, err)
	}
	for name, tt := range map[string]struct {
		shown signaling.Handshake
		want  signaling.Code
	}{
		"whom the project's rule refuses": {shown(t, "mallory"), signaling.CodeForbidden},
		"no token":                        {signaling.Handshake{Time: time.Now()}, signaling.CodeUnauthorized},
		"no token at all":                 {signaling.Handshake{Tokens: []string{"x"}, Time: time.Now()}, signaling.CodeUnauthorized},
	} {
		if rights, err := admit(t.Context(), tt.shown); rights != nil || signaling.Describe(err).Code != tt.want {
			t.Errorf("%s: got %+v, %v", name, rights, err)
		}
	}
}

// The secret is read when it is needed first, by one for all, and again only after that has failed.
func TestTheSecretIsReadOnceByWhoNeedsIt(t *testing.T) {
	var reads atomic.Int64
	ssm := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if reads.Add(1) == 1 {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(`{"__type":"ThrottlingException"}`))
			return
		}
		_, _ = w.Write([]byte(`{"Parameter":{"Value":"` + secret + `"}}`))
	}))
	t.Cleanup(ssm.Close)
	admit := message(t, nil, "AUTH=jwt", "AUTH_SECRET_PARAMETER=/app/secret", "AWS_ENDPOINT_URL_SSM="+ssm.URL).Handler.House.Admit
	if got := reads.Load(); got != 0 {
		t.Errorf("the start read it %d times", got)
	}
	_, err := admit(t.Context(), shown(t, "ada"))
	if err == nil || signaling.Describe(err).Code != signaling.CodeInternal || !strings.Contains(err.Error(), "ThrottlingException") {
		t.Errorf("got %v, want that it is not the client's fault", err)
	}
	var clients sync.WaitGroup
	for range 10 {
		clients.Go(func() {
			if rights, err := admit(t.Context(), shown(t, "ada")); err != nil || rights.User != "ada" {
				t.Errorf("got %+v, %v", rights, err)
			}
		})
	}
	clients.Wait()
	if got := reads.Load(); got != 2 {
		t.Errorf("it was read %d times, want 2", got)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	slow := message(t, func(next signaling.Admission) signaling.Admission { return next }, "AUTH=jwt",
		"AUTH_SECRET_PARAMETER=/app/secret", "AWS_ENDPOINT_URL_SSM="+ssm.URL).Handler.House.Admit
	if _, err := slow(ended, shown(t, "ada")); err == nil {
		t.Error("an event that is over waits for the secret")
	}
}
