package sip

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/internal/sip"
)

// response returns what a phone has answered, as it is when our Via is off.
func response(t *testing.T, status int, reason, tag string, fields ...string) *sip.Message {
	t.Helper()
	text := fmt.Sprintf("SIP/2.0 %d %s\r\n", status, reason) + strings.Join(append([]string{
		"Via: SIP/2.0/WSS alice.invalid;branch=z9hG4bKa", "From: <sip:alice@example.org>;tag=f",
		"To: Bob <sip:bob@example.org>;tag=" + tag + ";x=1", "Call-ID: c", "CSeq: 7 INVITE",
	}, fields...), "\r\n") + "\r\n\r\n"
	m, err := sip.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestTheBestResponseIsChosenAsRFC3261Says(t *testing.T) {
	for _, c := range []struct {
		why       string
		statuses  []int
		cancelled bool
		want      int
	}{
		{"a 6xx speaks for all", []int{302, 401, 486, 603}, false, 603},
		{"and for a call that was given up, too", []int{487, 603, 487}, true, 603},
		{"the lowest class", []int{500, 486, 302}, false, 302},
		{"the lowest class", []int{503, 500, 404}, false, 404},
		{"what a better request could change", []int{486, 404, 407}, false, 407},
		{"what a better request could change", []int{486, 415}, false, 415},
		{"what a better request could change", []int{486, 420}, false, 420},
		{"what a better request could change", []int{404, 484}, false, 484},
		{"busy says more than away", []int{480, 486, 408}, false, 486},
		{"away says more than silent", []int{408, 480, 487}, false, 480},
		{"silent says more than cancelled", []int{487, 408}, false, 408},
		{"that it has come twice says nothing", []int{482, 486}, false, 486},
		{"what the caller asked for", []int{480, 486, 487}, true, 487},
		{"there need not be one", []int{480, 486}, true, 486},
		{"a 503 only if there is nothing else", []int{503, 500, 503}, false, 500},
		{"and then it is a 500", []int{503, 503}, false, 500},
	} {
		finals := map[int]Final{}
		for i, status := range c.statuses {
			finals[i] = keep(response(t, status, "Said", fmt.Sprint("t", i)))
		}
		said := Transaction{Final: finals, Winner: -1, Cancelled: c.cancelled}
		got := bestResponse(response(t, 486, "Busy", "last"), said)
		if got.Status != c.want {
			t.Errorf("%s: of %v got %d, want %d", c.why, c.statuses, got.Status, c.want)
		}
	}
}

func TestTheLongestRegisteredPhoneDecidesBetweenEqualResponses(t *testing.T) {
	finals := map[int]Final{}
	for i := range MaxBranches {
		finals[i] = keep(response(t, 486, fmt.Sprint("Busy ", i), "t"))
	}
	if got := best(finals, false); got != 0 {
		t.Errorf("got %d, want 0", got)
	}
}

func TestTheBestResponseIsAsItsPhoneGaveIt(t *testing.T) {
	finals := map[int]Final{
		0: keep(response(t, 302, "Moved", "zero", "Contact: <sip:else@example.net>",
			"Contact: <sip:more@example.net>;q=0.5", `Warning: 399 x "y"`, "Server: s")),
		1: {Status: 480},
	}
	got := string(bestResponse(response(t, 480, "Away", "last"), Transaction{Final: finals, Winner: -1}).Bytes())
	want := strings.Join([]string{
		"SIP/2.0 302 Moved", "Via: SIP/2.0/WSS alice.invalid;branch=z9hG4bKa", "From: <sip:alice@example.org>;tag=f",
		"To: Bob <sip:bob@example.org>;x=1;tag=zero", "Call-ID: c", "CSeq: 7 INVITE",
		"Contact: <sip:else@example.net>", "Contact: <sip:more@example.net>;q=0.5", `Warning: 399 x "y"`, "Content-Length: 0",
	}, "\r\n") + "\r\n\r\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestChallengesOfAllPhonesAreGathered(t *testing.T) {
	finals := map[int]Final{
		0: keep(response(t, 486, "Busy", "zero", `WWW-Authenticate: Digest realm="no"`)),
		1: keep(response(t, 407, "Log in", "one", `Proxy-Authenticate: Digest realm="one"`, "Retry-After: 1")),
		2: keep(response(t, 401, "Log in", "two", `WWW-Authenticate: Digest realm="two"`, "Retry-After: 2")),
	}
	got := bestResponse(response(t, 401, "Log in", "two"), Transaction{Final: finals, Winner: -1})
	var told []string
	for _, f := range got.Header[5:] {
		told = append(told, f.Name+": "+f.Value)
	}
	want := []string{`Proxy-Authenticate: Digest realm="one"`, "Retry-After: 1", `WWW-Authenticate: Digest realm="two"`}
	if got.Status != 407 || !slices.Equal(told, want) {
		t.Errorf("got %d with %q, want 407 with %q", got.Status, told, want)
	}
}

func TestAResponseThatNoPhoneGaveHasAReasonAndATagOfOurs(t *testing.T) {
	for status, reason := range map[int]string{
		480: "Temporarily Unavailable", 408: "Request Timeout", 503: "No phone of this address could be reached",
	} {
		got := bestResponse(response(t, 480, "", "last"), Transaction{Final: map[int]Final{3: {Status: status}}, Winner: -1})
		if tag := got.To().Params.Get("tag"); got.Reason != reason || tag == "" || tag == "last" {
			t.Errorf("got %q with the tag %q, want %q with one of ours", got.Reason, tag, reason)
		}
	}
}

func TestWhatIsKeptOfAResponseIsBounded(t *testing.T) {
	long := strings.Repeat("ä", 400)
	m := response(t, 401, "Unauthorized "+long, strings.Repeat("t", 400), `WWW-Authenticate: Digest realm="`+long+`"`,
		`Proxy-Authenticate: Digest realm="short"`, "Warning: 399 x "+long, "Retry-After: 5")
	f := keep(m)
	if len(f.Kept) > maxKept {
		t.Errorf("%d bytes are kept, the limit is %d", len(f.Kept), maxKept)
	}
	tag, reason, header := f.read()
	want := sip.Header{{Name: "Proxy-Authenticate", Value: `Digest realm="short"`}, {Name: "Retry-After", Value: "5"}}
	whole := strings.HasPrefix(reason, "Unauthorized ää") && !strings.Contains(reason, "\ufffd")
	if tag != "" || !whole || !slices.Equal(header, want) {
		t.Errorf("got the tag %q, %q and %q", tag, reason, header)
	}
}

func TestEveryFieldThatAStatusMustHaveIsKept(t *testing.T) {
	for status, name := range map[int]string{
		300: "Contact", 380: "Contact", 485: "Contact", 401: "WWW-Authenticate", 407: "Proxy-Authenticate",
		405: "Allow", 415: "Accept", 420: "Unsupported", 421: "Require", 422: "Min-SE", 423: "Min-Expires",
		489: "Allow-Events", 486: "Retry-After", 603: "Warning",
	} {
		_, _, header := keep(response(t, status, "Said", "t", name+": <sip:a@b>")).read()
		if header.Get(name) != "<sip:a@b>" {
			t.Errorf("%d: %s is not kept", status, name)
		}
	}
}
