package sip_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/internal/sip"
)

// FuzzParse holds what is parsed to three promises: written and parsed again it is the same; it has as many
// lines as fields; and it is not longer than what came but for the names of fields.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*/*.sip")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	for _, text := range []string{
		invite("Via: SIP/2.0/WS a;branch=1 , SIP/2.0/UDP b;x=\"c,d\""),
		invite("Route: <sip:a;lr>,<sip:b,c@h;lr>", "Contact: \"a,\\\"<\" <sip:a@h>;x=\"1,2\", <sip:b@h>"),
		invite("Subject: a\r\n \r\n\t b", "X: \"\\\x00\"", "From: \"\\\x07\" <sip:a@h>;tag=x"),
		invite("Content-Length: 2", "Max-Forwards: 0") + "body",
		invite("To: \"x <sip:a@h>", "Route: ,,,"),
		request("REGISTER", "sip:[2001:db8::1]:5060", "Contact: *"),
		"SIP/2.0 200\r\n" + strings.SplitAfterN(invite("Contact: ?,\"<,>"), "\r\n", 2)[1],
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		m, err := sip.Parse(frame)
		if err != nil {
			failed, is := errors.AsType[*sip.Error](err)
			if !is || failed.Status < 400 || failed.Msg == "" {
				t.Fatalf("%#v", err)
			}
			if m != nil {
				checkLines(t, sip.Response(m, failed.Status, failed.Msg, "tag"), len(frame))
			}
			return
		}
		checkLines(t, m, len(frame))
		again, err := sip.Parse(m.Bytes())
		if err != nil {
			t.Fatalf("%v of\n%q", err, m.Bytes())
		}
		if m.Body, again.Body = nonNil(m.Body), nonNil(again.Body); !reflect.DeepEqual(m, again) {
			t.Fatalf("%+v, and then %+v", m, again)
		}
		if m.IsRequest() {
			r := sip.Response(m, 200, "OK", "tag")
			checkLines(t, r, len(frame))
			if _, err := sip.Parse(r.Bytes()); err != nil {
				t.Fatalf("its response: %v\n%q", err, r.Bytes())
			}
		}
	})
}

// nonNil makes an empty body and none the same.
func nonNil(body []byte) []byte { return append([]byte{}, body...) }

func checkLines(t *testing.T, m *sip.Message, came int) {
	t.Helper()
	if len(m.Header) > sip.MaxFields {
		t.Fatalf("%d fields", len(m.Header))
	}
	out := m.Bytes()
	head, _, _ := bytes.Cut(out, []byte("\r\n\r\n"))
	lines := len(m.Header) + 2 // with the first and Content-Length
	for _, end := range []string{"\r\n", "\r", "\n"} {
		if n := bytes.Count(head, []byte(end)) + 1; n != lines {
			t.Fatalf("%d fields became %d lines, told by %q:\n%q", len(m.Header), n, end, head)
		}
	}
	if most := came + 32*lines + 100; len(out) > most {
		t.Fatalf("%d bytes became %d", came, len(out))
	}
}

// FuzzParts holds the parts of fields to the same: written and parsed again they are the same.
func FuzzParts(f *testing.F) {
	for _, text := range []string{
		"sip:%61lice:pw@[2001:DB8::1]:5060;%6C%72;n%61me=v%61lue%25?X=y", "tel:+1", "*",
		`"A, \"B\"; <c>" <sip:a@example.org;lr>;tag = x;ob;+sip.instance="<urn:uuid:1>"`, "sip:a@h;tag=",
		"SIP / 2.0 /WSS [::1]:80 ; branch = z9hG4bK1;rport;received=::1", "SIP/2.0/UDP h : 1",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if u, err := sip.ParseURI(text); err == nil {
			again, err := sip.ParseURI(u.String())
			if err != nil || !reflect.DeepEqual(u, again) || !u.Equal(again) || u.AOR() != again.AOR() {
				t.Errorf("%#v, and then %#v (%v)", u, again, err)
			}
			checkPart(t, text, u.String())
		}
		if a, err := sip.ParseAddress(text); err == nil {
			again, err := sip.ParseAddress(a.String())
			if err != nil || !reflect.DeepEqual(a, again) {
				t.Errorf("%#v, and then %#v (%v)", a, again, err)
			}
			checkPart(t, text, a.String())
		}
		if v, err := sip.ParseVia(text); err == nil {
			again, err := sip.ParseVia(v.String())
			if err != nil || !reflect.DeepEqual(v, again) {
				t.Errorf("%#v, and then %#v (%v)", v, again, err)
			}
			checkPart(t, text, v.String())
		}
		if quoted := sip.Quote(text); !strings.ContainsAny(text, "\r\n") {
			if a, err := sip.ParseAddress(quoted + " <sip:h>;x=" + quoted); err != nil || a.Params.Get("x") != text {
				t.Errorf("quoted it is %s (%v)", a.Params.Get("x"), err)
			}
		}
	})
}

// checkPart fails if a part that is written has a line end that did not come, or is a list where one
// came.
func checkPart(t *testing.T, text, out string) {
	t.Helper()
	if strings.ContainsAny(out, "\r\n") && !strings.ContainsAny(text, "\r\n") || len(out) > len(text)+8 {
		t.Errorf("%q became %q", text, out)
	}
}
