package e2e_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// TestKeysThatComeBackLetPeopleIn has the real function of $connect live through an outage of who publishes its keys.
func TestKeysThatComeBackLetPeopleIn(t *testing.T) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	x := base64.RawURLEncoding.EncodeToString(public)
	keys := fmt.Sprintf(`{"keys":[{"kty":"OKP","kid":"k","crv":"Ed25519","x":%q}]}`, x)
	var healthy atomic.Bool
	issuer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if !healthy.Load() {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		_, _ = io.WriteString(w, keys)
	}))
	t.Cleanup(issuer.Close)

	s := start(t, "AUTH=jwt", "AUTH_JWKS_URL="+issuer.URL)
	claims := jwt.MapClaims{"sub": "alice", "rooms": "*", "exp": time.Now().Add(24 * time.Hour).Unix()}
	unsigned := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims)
	unsigned.Header["kid"] = "k"
	token, err := unsigned.SignedString(private)
	if err != nil {
		t.Fatal(err)
	}
	admitted := func(want int) {
		t.Helper()
		if status, _ := handshake(t, s.ws+"?token="+token, nil); status != want {
			t.Fatalf("got %d, want %d", status, want)
		}
	}
	for range 5 { // the longer it lasts, the longer it waits
		admitted(http.StatusInternalServerError)
		post(t, s, "/_localdev/clock", `{"advance":"30s"}`)
	}
	admitted(http.StatusInternalServerError)
	healthy.Store(true)
	post(t, s, "/_localdev/clock", `{"advance":"4s"}`)
	admitted(http.StatusSwitchingProtocols)
	healthy.Store(false)
	post(t, s, "/_localdev/clock", `{"advance":"2h"}`)
	admitted(http.StatusSwitchingProtocols)
}
