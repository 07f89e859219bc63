package admission_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/parley-rtc/parley/internal/admission"
	"github.com/parley-rtc/parley/internal/signaling"
)

var (
	secret = []byte("the secret of these tests, 32 bytes and more")
	now    = time.Date(2031, 5, 1, 12, 0, 0, 0, time.UTC) // no machine's clock
)

// good are claims that are let in.
func good() jwt.MapClaims {
	return jwt.MapClaims{"sub": "alice", "rooms": []string{"r", "team-*"}, "exp": now.Add(time.Hour).Unix()}
}

// with returns good claims with changes; nil takes one away.
func with(changes jwt.MapClaims) jwt.MapClaims {
	c := good()
	maps.Copy(c, changes)
	maps.DeleteFunc(c, func(_ string, v any) bool { return v == nil })
	return c
}

func hs256(c jwt.MapClaims) string {
	s, err := jwt.NewWithClaims(jwt.SigningMethodHS256, c).SignedString(secret)
	if err != nil {
		panic(err) //nolint:forbidigo // a test that is wrong itself
	}
	return s
}

func withSecret(t testing.TB, want admission.Expected) *admission.Tokens {
	t.Helper()
	tokens, err := admission.WithSecret(secret, want)
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}

func wantRefused(t *testing.T, tokens *admission.Tokens, token, why string) {
	t.Helper()
	wantRefusedAt(t, tokens, token, now, why)
}

func wantRefusedAt(t *testing.T, tokens *admission.Tokens, token string, at time.Time, why string) {
	t.Helper()
	rights, err := tokens.Verify(t.Context(), token, at)
	refusal, ok := errors.AsType[*signaling.Error](err)
	if !ok || refusal.Code != signaling.CodeUnauthorized || !strings.Contains(refusal.Msg, why) {
		t.Fatalf("got %+v, %v, want unauthorized: …%s…", rights, err, why)
	}
	for part := range strings.SplitSeq(token, ".") {
		if len(part) > 8 && strings.Contains(err.Error(), part) {
			t.Fatalf("the reason quotes the token: %v", err)
		}
	}
}

func TestATokenGrantsWhatItSays(t *testing.T) {
	tokens := withSecret(t, admission.Expected{})
	full := with(jwt.MapClaims{"peer": "al-*", "role": "host", "nbf": now.Unix(), "iat": now.Unix(), "create": false, "seats": 250, "more": map[string]any{"a": 1}})
	for name, tt := range map[string]struct {
		claims jwt.MapClaims
		want   signaling.Rights
	}{
		"the least":         {good(), signaling.Rights{User: "alice", Peer: "alice", Rooms: []string{"r", "team-*"}}},
		"all there is":      {full, signaling.Rights{User: "alice", Peer: "al-*", Rooms: []string{"r", "team-*"}, Role: signaling.RoleHost, OnlyJoins: true, Seats: 250}},
		"what is so anyway": {with(jwt.MapClaims{"create": true, "seats": 1}), signaling.Rights{User: "alice", Peer: "alice", Rooms: []string{"r", "team-*"}, Seats: 1}},
		"one room":          {with(jwt.MapClaims{"rooms": "r"}), signaling.Rights{User: "alice", Peer: "alice", Rooms: []string{"r"}}},
		"no room":           {with(jwt.MapClaims{"rooms": nil}), signaling.Rights{User: "alice", Peer: "alice"}},
		"any room and name": {with(jwt.MapClaims{"rooms": "*", "peer": "*"}), signaling.Rights{User: "alice", Peer: "*", Rooms: []string{"*"}}},
		"a subject that is no name, beside one that is": {
			with(jwt.MapClaims{"sub": "auth0|ünïcode 1", "peer": "a", "role": "guest"}),
			signaling.Rights{User: "auth0|ünïcode 1", Peer: "a", Rooms: []string{"r", "team-*"}, Role: signaling.RoleGuest},
		},
	} {
		t.Run(name, func(t *testing.T) {
			tt.want.Expires = now.Add(time.Hour)
			got, err := tokens.Verify(t.Context(), hs256(tt.claims), now)
			if diff := cmp.Diff(&tt.want, got); err != nil || diff != "" {
				t.Fatalf("%v (-want +got)\n%s", err, diff)
			}
		})
	}
}

func TestClocksMayDifferByAMinute(t *testing.T) {
	tokens := withSecret(t, admission.Expected{})
	for _, claims := range []jwt.MapClaims{
		{"exp": now.Add(-59 * time.Second).Unix()}, {"nbf": now.Add(59 * time.Second).Unix()}, {"iat": now.Add(59 * time.Second).Unix()},
	} {
		if _, err := tokens.Verify(t.Context(), hs256(with(claims)), now); err != nil {
			t.Errorf("%v: %v", claims, err)
		}
	}
	for why, claims := range map[string]jwt.MapClaims{
		"expired": {"exp": now.Add(-61 * time.Second).Unix()}, "not valid yet": {"nbf": now.Add(62 * time.Second).Unix()},
		"issued in the future": {"iat": now.Add(62 * time.Second).Unix()},
	} {
		t.Run(why, func(t *testing.T) { wantRefused(t, tokens, hs256(with(claims)), why) })
	}
}

func TestHostileClaims(t *testing.T) {
	tokens := withSecret(t, admission.Expected{Issuer: "us", Audience: "parley"})
	ours := jwt.MapClaims{"iss": "us", "aud": []string{"others", "parley"}}
	if _, err := tokens.Verify(t.Context(), hs256(with(ours)), now); err != nil {
		t.Fatal(err)
	}
	n := 0
	refuse := func(claim, why string, values ...any) {
		for _, v := range values {
			n++
			t.Run(fmt.Sprintf("%s %.60v", claim, v), func(t *testing.T) {
				c := with(ours)
				if c[claim] = v; v == nil {
					delete(c, claim)
				}
				wantRefused(t, tokens, hs256(c), why)
			})
		}
	}
	refuse("exp", "lacks a claim", nil)
	refuse("exp", "", 0, -1, -1e300, 1e300, 9.3e18, "2031-05-01", "never", true, []int{1}, map[string]int{"a": 1}, now.Add(-time.Hour).Unix(), now.UnixMilli()*1e6)
	refuse("nbf", "", 9e15, "tomorrow", now.Add(time.Hour).Unix(), []any{})
	refuse("iat", "", 9e15, "tomorrow", now.Add(time.Hour).Unix(), false)
	refuse("iss", "issuer", "Us", "us ", "them", "us\x00")
	refuse("iss", "", nil, "", 1, []string{"us"})
	refuse("aud", "", nil, "Parley", "parley2", []string{}, []string{"a"}, 7, []any{1})
	refuse("sub", "sub is missing", nil, "")
	refuse("sub", "claim peer", "auth0|1", "ünïcode", "alice*", "*", strings.Repeat("a", 129), "a b", "a/b", "a\x00", "ａlice", "alice\u202e")
	refuse("sub", "", 1, []string{"alice"}, map[string]string{"a": "b"})
	refuse("peer", "claim peer", "a*b", "*a", "**", "a**", "ü*", strings.Repeat("a", 129)+"*", " ", "a\n")
	refuse("peer", "", 1, []string{"a"})
	refuse("rooms", "claim rooms", []string{""}, []string{"r", ""}, []string{"a*b"}, []string{"**"}, []string{"*a"}, []string{"r "}, []string{"ｒ"}, []string{"r\x00*"},
		[]string{"../r"}, []string{"r", "té*"}, make([]string, 65), strings.Repeat("r", 129), "")
	refuse("rooms", "", 1, []any{1}, []any{[]string{"r"}}, map[string]string{"r": "r"}, true)
	refuse("role", "claim role", "Host", "admin", "host ", "root", "guest\x00", "ｈost")
	refuse("role", "", 1, []string{"host"}, true)
	refuse("create", "", "false", "no", 0, 1, []bool{false}, map[string]bool{"a": false})
	refuse("seats", "claim seats", 0, -1, 251, 1<<40)
	refuse("seats", "", 1.5, "2", 1e300, true, []int{2}, "", map[string]int{"a": 1})
	if n < 80 {
		t.Errorf("only %d cases", n)
	}
}

func TestHostileTokens(t *testing.T) {
	tokens := withSecret(t, admission.Expected{})
	valid := hs256(good())
	part := strings.Split(valid, ".")
	b64 := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	signed := func(header string, method jwt.SigningMethod, key any) string {
		text := b64(header) + "." + part[1]
		sig, err := method.Sign(text, key)
		if err != nil {
			t.Fatal(err)
		}
		return text + "." + base64.RawURLEncoding.EncodeToString(sig)
	}
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	other := []byte("another secret, as long as the first one was")
	for name, token := range map[string]string{
		"nothing":               "",
		"dots":                  "..",
		"one part":              part[0],
		"no signature":          part[0] + "." + part[1] + ".",
		"four parts":            valid + ".x",
		"a cut signature":       valid[:len(valid)-1],
		"a longer signature":    valid + "AA",
		"padding":               valid + "=",
		"another's signature":   part[0] + "." + part[1] + "." + strings.Split(hs256(with(jwt.MapClaims{"sub": "bob"})), ".")[2],
		"another's claims":      part[0] + "." + b64(`{"sub":"mallory","rooms":"*","exp":9999999999}`) + "." + part[2],
		"another secret":        signed(`{"alg":"HS256","typ":"JWT"}`, jwt.SigningMethodHS256, other),
		"an empty secret":       signed(`{"alg":"HS256"}`, jwt.SigningMethodHS256, []byte{}),
		"alg none":              b64(`{"alg":"none"}`) + "." + part[1] + ".",
		"alg None":              b64(`{"alg":"None"}`) + "." + part[1] + ".",
		"alg none, signed":      b64(`{"alg":"none"}`) + "." + part[1] + "." + part[2],
		"alg nOnE":              b64(`{"alg":"nOnE"}`) + "." + part[1] + ".",
		"no alg":                b64(`{"typ":"JWT"}`) + "." + part[1] + "." + part[2],
		"alg of another type":   b64(`{"alg":["HS256"]}`) + "." + part[1] + "." + part[2],
		"alg HS384":             signed(`{"alg":"HS384"}`, jwt.SigningMethodHS384, secret),
		"alg HS512":             signed(`{"alg":"HS512"}`, jwt.SigningMethodHS512, secret),
		"alg hs256":             signed(`{"alg":"hs256"}`, jwt.SigningMethodHS256, secret),
		"alg RS256, by secret":  signed(`{"alg":"RS256"}`, jwt.SigningMethodHS256, secret),
		"alg EdDSA":             signed(`{"alg":"EdDSA"}`, jwt.SigningMethodEdDSA, private),
		"crit":                  signed(`{"alg":"HS256","crit":["exp"]}`, jwt.SigningMethodHS256, secret),
		"b64 false":             signed(`{"alg":"HS256","b64":false,"crit":["b64"]}`, jwt.SigningMethodHS256, secret),
		"a header that is none": signed(`[]`, jwt.SigningMethodHS256, secret),
		"claims that are none":  part[0] + "." + b64(`"alice"`) + "." + part[2],
		"binary":                "\xff\xfe.\x00.\x01",
		"unicode":               "ｅｙＪ.ｅｙＪ.ｘ",
		"huge":                  part[0] + "." + strings.Repeat("A", 1<<20) + "." + part[2],
		"many dots":             strings.Repeat(".", 8000),
		"spaces":                " " + valid,
		"a new line":            valid + "\n",
		"Bearer":                "Bearer " + valid,
		"standard base64":       strings.NewReplacer("-", "+", "_", "/").Replace(part[0]) + "." + base64.StdEncoding.EncodeToString([]byte(`{"sub":"alice","exp":9999999999}`)) + "." + part[2],
	} {
		t.Run(name, func(t *testing.T) { wantRefused(t, tokens, token, "token") })
	}
}

func TestAShortSecretIsNone(t *testing.T) {
	for n := range 40 {
		_, err := admission.WithSecret(secret[:n], admission.Expected{})
		if (err == nil) != (n >= 32) || err != nil && !strings.Contains(err.Error(), "openssl rand -base64 32") {
			t.Errorf("%d bytes: got %v", n, err)
		}
	}
}

func FuzzVerify(f *testing.F) {
	tokens := withSecret(f, admission.Expected{})
	valid := hs256(good())
	f.Add(valid)
	f.Add("a.b.c")
	f.Add(strings.Repeat(".", 100))
	f.Fuzz(func(t *testing.T, token string) {
		rights, err := tokens.Verify(t.Context(), token, now)
		if _, refused := errors.AsType[*signaling.Error](err); !refused && (err != nil || rights == nil || token != valid) {
			t.Fatalf("%q: got %+v, %v", token, rights, err)
		}
	})
}
