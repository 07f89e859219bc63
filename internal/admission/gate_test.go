package admission_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/parley-rtc/parley/internal/admission"
	"github.com/parley-rtc/parley/internal/signaling"
)

func TestGate(t *testing.T) {
	tokens := withSecret(t, admission.Expected{})
	alice := hs256(good())
	bob := hs256(with(jwt.MapClaims{"sub": "bob"}))
	ours := []string{"https://example.org", "https://example.org:8443"}
	for name, tt := range map[string]struct {
		gate    admission.Gate
		origins []string
		tokens  []string
		want    signaling.Code
	}{
		"nothing asked, nothing shown":         {},
		"nothing asked, all shown":             {origins: []string{"https://evil.example"}, tokens: []string{"x", "y"}},
		"a page that is listed":                {gate: admission.Gate{Origins: ours}, origins: []string{"https://example.org:8443"}},
		"no page at all":                       {gate: admission.Gate{Origins: ours}},
		"a page that is not":                   {gate: admission.Gate{Origins: ours}, origins: []string{"https://evil.example"}, want: signaling.CodeForbidden},
		"a page of a longer name":              {gate: admission.Gate{Origins: ours}, origins: []string{"https://example.org.evil.example"}, want: signaling.CodeForbidden},
		"another scheme":                       {gate: admission.Gate{Origins: ours}, origins: []string{"http://example.org"}, want: signaling.CodeForbidden},
		"another port":                         {gate: admission.Gate{Origins: ours}, origins: []string{"https://example.org:1"}, want: signaling.CodeForbidden},
		"a sandboxed page":                     {gate: admission.Gate{Origins: ours}, origins: []string{"null"}, want: signaling.CodeForbidden},
		"an empty origin":                      {gate: admission.Gate{Origins: ours}, origins: []string{""}, want: signaling.CodeForbidden},
		"two origins, one of them ours":        {gate: admission.Gate{Origins: ours}, origins: []string{ours[0], "https://evil.example"}, want: signaling.CodeForbidden},
		"a token":                              {gate: admission.Gate{Tokens: tokens}, tokens: []string{alice}},
		"none":                                 {gate: admission.Gate{Tokens: tokens}, want: signaling.CodeUnauthorized},
		"two":                                  {gate: admission.Gate{Tokens: tokens}, tokens: []string{alice, bob}, want: signaling.CodeUnauthorized},
		"one good, one not":                    {gate: admission.Gate{Tokens: tokens}, tokens: []string{alice, "x"}, want: signaling.CodeUnauthorized},
		"a good token from a page that is not": {gate: admission.Gate{Origins: ours, Tokens: tokens}, origins: []string{"https://evil.example"}, tokens: []string{alice}, want: signaling.CodeForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			rights, err := tt.gate.Admit(t.Context(), signaling.Handshake{Header: http.Header{"Origin": tt.origins}, Tokens: tt.tokens, Time: now})
			refusal, _ := errors.AsType[*signaling.Error](err)
			switch {
			case tt.want != "" && (refusal == nil || refusal.Code != tt.want):
				t.Errorf("got %v, want %s", err, tt.want)
			case tt.want == "" && (err != nil || (rights != nil) != (tt.gate.Tokens != nil)):
				t.Errorf("got %+v, %v", rights, err)
			}
		})
	}
}
