package main

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestWhatIsNoSignal(t *testing.T) {
	for _, data := range []string{
		``, `1`, `null`, `{}`, `{"session":1}`, `{"session":"a.1"}`, `{"session":"a.1","candidates":[]}`,
		`{"parley":{"seat":1}}`,
		`{"session":"a.1","description":{"type":"rollback","sdp":""}}`,
		`{"session":"a.1","description":{"type":"offer","sdp":"v=0"},"candidates":[{"candidate":""}]}`,
	} {
		if s, ok := parse([]byte(data)); ok {
			t.Errorf("%s was taken for %+v", data, s)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"session":"a.1","for":"b.2","description":{"type":"offer","sdp":"v=0"},"tracks":{"0":{"name":"c"}}}`))
	f.Add([]byte(`{"session":"a.1","candidates":[{"candidate":"candidate:1","sdpMid":"0","sdpMLineIndex":0}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, ok := parse(data)
		if !ok {
			return
		}
		split(s.Session)
		raw, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := parse(raw); !ok {
			t.Errorf("%s became %s", data, raw)
		}
	})
}

func TestWhatComesPastTheServer(t *testing.T) {
	for text, want := range map[string]string{
		`{"type":"signal","n":7340033,"data":{"session":"a.1"}}`:             `{"n":7340033,"data":{"session":"a.1"}}`,
		`{"type":"signal","got":7340033}`:                                    `{"got":7340033}`,
		`{"type":"tracks","got":7340033}`:                                    "",
		`{"type":"signal","got":"7340033"}`:                                  "",
		`{"type":"signal","data":"` + strings.Repeat("x", maxControl) + `"}`: "",
		`[]`: "", `{}`: "", ``: "",
	} {
		b, ok := parseControl([]byte(text))
		got, err := json.Marshal(b)
		if ok != (want != "") || ok && string(got) != want || err != nil {
			t.Errorf("%.60s: got %s, %v", text, got, ok)
		}
	}
}
