package admission_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/parley-rtc/parley/internal/admission"
)

// issuer signs tokens and serves its public keys.
type issuer struct {
	*httptest.Server
	mu    sync.Mutex
	keys  []map[string]string
	asked int
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	i := &issuer{}
	i.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		i.mu.Lock()
		defer i.mu.Unlock()
		i.asked++
		if err := json.NewEncoder(w).Encode(map[string]any{"keys": i.keys}); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(i.Close)
	return i
}

func (i *issuer) publish(keys ...map[string]string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.keys = append(i.keys, keys...)
}

func (i *issuer) requests() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.asked
}

func (i *issuer) tokens(t *testing.T) *admission.Tokens {
	t.Helper()
	tokens, err := admission.WithKeys(t.Context(), i.URL, admission.Expected{})
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}

func sign(t *testing.T, method jwt.SigningMethod, kid string, key any) string {
	t.Helper()
	token := jwt.NewWithClaims(method, with(jwt.MapClaims{"exp": now.Add(24 * time.Hour).Unix()}))
	if kid != "" {
		token.Header["kid"] = kid
	}
	s, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func b64int(n *big.Int) string { return base64.RawURLEncoding.EncodeToString(n.Bytes()) }

func rsaKey(t *testing.T, kid string) (*rsa.PrivateKey, map[string]string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key, map[string]string{"kty": "RSA", "kid": kid, "n": b64int(key.N), "e": b64int(big.NewInt(int64(key.E)))}
}

func ecKey(t *testing.T, kid string) (*ecdsa.PrivateKey, map[string]string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, err := key.PublicKey.Bytes() // 4, x, y
	if err != nil {
		t.Fatal(err)
	}
	return key, map[string]string{
		"kty": "EC", "kid": kid, "crv": "P-256",
		"x": base64.RawURLEncoding.EncodeToString(point[1:33]), "y": base64.RawURLEncoding.EncodeToString(point[33:]),
	}
}

func edKey(t *testing.T, kid string) (ed25519.PrivateKey, map[string]string) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return private, map[string]string{"kty": "OKP", "kid": kid, "crv": "Ed25519", "x": base64.RawURLEncoding.EncodeToString(public)}
}

func TestKeysOfEveryKindAreFetchedOnce(t *testing.T) {
	i := newIssuer(t)
	r, rsaPublic := rsaKey(t, "r")
	e, ecPublic := ecKey(t, "e")
	d, edPublic := edKey(t, "d")
	i.publish(rsaPublic, ecPublic, edPublic)
	tokens := i.tokens(t)
	for name, token := range map[string]string{
		"RS256": sign(t, jwt.SigningMethodRS256, "r", r), "ES256": sign(t, jwt.SigningMethodES256, "e", e),
		"EdDSA": sign(t, jwt.SigningMethodEdDSA, "d", d), "no kid": sign(t, jwt.SigningMethodES256, "", e),
	} {
		if rights, err := tokens.Verify(t.Context(), token, now); err != nil || rights.User != "alice" {
			t.Errorf("%s: got %+v, %v", name, rights, err)
		}
	}
	if n := i.requests(); n != 1 {
		t.Errorf("the keys were fetched %d times", n)
	}
}

func TestANewKeyIsFetchedAndUnknownOnesAreNotAskedForAllTheTime(t *testing.T) {
	i := newIssuer(t)
	_, old := rsaKey(t, "old")
	i.publish(old)
	tokens := i.tokens(t)
	fresh, public := ecKey(t, "new")
	i.publish(public)
	if _, err := tokens.Verify(t.Context(), sign(t, jwt.SigningMethodES256, "new", fresh), now); err != nil {
		t.Fatal(err)
	}
	stranger, _ := ecKey(t, "")
	for range 20 {
		wantRefused(t, tokens, sign(t, jwt.SigningMethodES256, "unknown", stranger), "key that is not known")
	}
	if n := i.requests(); n != 2 {
		t.Errorf("the keys were fetched %d times, want once at the start and once for the new one", n)
	}
}

func TestKeysAreNotConfused(t *testing.T) {
	i := newIssuer(t)
	r, rsaPublic := rsaKey(t, "r")
	e, ecPublic := ecKey(t, "e")
	stranger, _ := rsaKey(t, "")
	strangerEC, _ := ecKey(t, "")
	secretKey := map[string]string{"kty": "oct", "kid": "s", "k": base64.RawURLEncoding.EncodeToString(secret)}
	pinned, pinnedPublic := ecKey(t, "pinned")
	pinnedPublic["alg"] = "ES384"
	i.publish(rsaPublic, ecPublic, secretKey, pinnedPublic)
	tokens := i.tokens(t)
	der, err := x509.MarshalPKIXPublicKey(&r.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	hs := func(kid string, key any) string { return sign(t, jwt.SigningMethodHS256, kid, key) }
	for name, token := range map[string]string{
		"HS256 with the RSA key's PEM as secret": hs("r", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})),
		"HS256 with its DER":                     hs("r", der),
		"HS256 with its modulus":                 hs("r", r.N.Bytes()),
		"HS256 with a secret of the set":         hs("s", secret),
		"HS256 without a kid":                    hs("", secret),
		"RS256 that names the secret":            sign(t, jwt.SigningMethodRS256, "s", r),
		"RS256 that names the EC key":            sign(t, jwt.SigningMethodRS256, "e", r),
		"ES256 that names the RSA key":           sign(t, jwt.SigningMethodES256, "r", e),
		"a stranger's RSA key":                   sign(t, jwt.SigningMethodRS256, "r", stranger),
		"a stranger's EC key":                    sign(t, jwt.SigningMethodES256, "e", strangerEC),
		"a stranger's key without a kid":         sign(t, jwt.SigningMethodES256, "", strangerEC),
		"a kid with a path":                      sign(t, jwt.SigningMethodES256, "../../e", e),
		"a kid with a NUL":                       sign(t, jwt.SigningMethodES256, "e\x00", e),
		"PS256":                                  sign(t, jwt.SigningMethodPS256, "r", r),
		"RS384":                                  sign(t, jwt.SigningMethodRS384, "r", r),
		"another algorithm than the key's own":   sign(t, jwt.SigningMethodES256, "pinned", pinned),
	} {
		t.Run(name, func(t *testing.T) { wantRefused(t, tokens, token, "token") })
	}
}

func TestKeysComeByHTTPS(t *testing.T) {
	for _, address := range []string{"http://example.org/keys", "ftp://127.0.0.1/keys", "127.0.0.1/keys", "", "http://127.0.0.1.example.org/", "https://"} {
		if _, err := admission.WithKeys(t.Context(), address, admission.Expected{}); err == nil || !strings.Contains(err.Error(), "https") {
			t.Errorf("%q: got %v", address, err)
		}
	}
}
