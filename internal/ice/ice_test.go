package ice_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-rtc/parley/internal/ice"
)

func TestParse(t *testing.T) {
	got, err := ice.Parse(`[{"urls":"stun:a"},{"credential":"p","urls":["stuns:b:5349","turn:c"],"username":"u","credentialType":"password"}]`)
	want := []ice.Server{{URLs: []string{"stun:a"}}, {URLs: []string{"stuns:b:5349", "turn:c"}, Username: "u", Credential: "p"}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
	if none, err := ice.Parse("[]"); err != nil || len(none) != 0 {
		t.Errorf("got %v, %v", none, err)
	}
}

func TestParseTakesTheURLsThatABrowserTakes(t *testing.T) {
	for url, want := range map[string]string{
		"stun:a": "", "stun:a.example:3478": "", "stuns:192.0.2.1": "", "stun:[2001:db8::1]:3478": "", "stun:my_host-1": "",
		"turn:a": "", "turns:a:443?transport=tcp": "", "turn:[2001:db8::1]?transport=udp": "",
		"":                       "stun:, stuns:, turn: or turns: at its beginning",
		"a":                      "at its beginning",
		"http://a":               "at its beginning",
		"stund:a":                "at its beginning",
		" stun:a":                "at its beginning",
		"stun:":                  "want stun:HOST",
		"stun://a":               "want stun:HOST",
		"stun:a?transport=udp":   "want stun:HOST",
		"stun:a:port":            "want stun:HOST",
		"stun:a b":               "want stun:HOST",
		"stun:a\n":               "want stun:HOST",
		"turn://a":               "want turn:HOST",
		"turn:a?transport=tls":   "want turn:HOST",
		"turn:u@a":               "want turn:HOST",
		"turns:":                 "want turn:HOST",
		"turn:a:3478/tcp":        "want turn:HOST",
		"turn:a?transport=udp&x": "want turn:HOST",
	} {
		for _, form := range []string{`[{"urls":%q,"username":"u","credential":"p"}]`, `[{"urls":["stun:b",%q],"username":"u","credential":"p"}]`} {
			_, err := ice.Parse(fmt.Sprintf(form, url))
			if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("%q: got %v, want %q", url, err, want)
			}
		}
		if turn := want == "" && strings.HasPrefix(url, "turn"); ice.IsTURN(url) != turn {
			t.Errorf("%q: a TURN server %v, want %v", url, !turn, turn)
		}
	}
}

func TestParseWantsBothOfACredential(t *testing.T) {
	for _, members := range []string{
		"", `,"username":"u"`, `,"credential":"p"`, `,"username":"","credential":"p"`, `,"username":"u","credential":""`, `,"username":"u","credential":null`,
	} {
		for _, urls := range []string{`"turn:a"`, `["stun:b","turns:a"]`} {
			_, err := ice.Parse(`[{"urls":"stun:x"},{"urls":` + urls + members + `}]`)
			if err == nil || !strings.Contains(err.Error(), "entry 1") || !strings.Contains(err.Error(), "username and credential") {
				t.Errorf("%s%s: got %v", urls, members, err)
			}
		}
	}
}

func TestParseSaysWhatIsNoList(t *testing.T) {
	for list, want := range map[string]string{
		"stun:a": "JSON list", `{"urls":"stun:a"}`: "JSON list", `[{"urls":["stun:a"],"username":5}]`: "JSON list",
		`[{}]`: "entry 0: urls", `[{"urls":[]}]`: "entry 0: urls", `[{"urls":"stun:a"},{"urls":5}]`: "entry 1: urls",
	} {
		if _, err := ice.Parse(list); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", list, err, want)
		}
	}
}
