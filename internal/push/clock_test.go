package push_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// dated is what a server says whose clock is that far ahead.
func dated(ahead time.Duration, status string, fields ...string) say {
	at := time.Now().Add(ahead).UTC().Format(http.TimeFormat)
	return say("HTTP/1.1 " + status + "\r\nDate: " + at + "\r\n" + strings.Join(append(fields, "Content-Length: 0\r\n\r\n"), "\r\n"))
}

// signed is how far ahead the clock is by which a request was signed.
func signed(t *testing.T, a asked) time.Duration {
	t.Helper()
	at, err := time.Parse("20060102T150405Z", a.header.Get("X-Amz-Date"))
	if err != nil {
		t.Fatal(err)
	}
	return time.Until(at)
}

// TestPushesAreSignedByTheClockOfTheServer: the SDK's client learns what time it is from an answer, and
// so does what is signed by hand; also that it is as it was.
func TestPushesAreSignedByTheClockOfTheServer(t *testing.T) {
	const (
		near    = 5 * time.Minute // as AWS takes it
		refused = "403 Forbidden"
		expired = "x-amzn-ErrorType: RequestTimeTooSkewed"
	)
	s := serve(t, nil, ok200)
	c := client(options(s.url))
	pushed := func(want int, ahead time.Duration) {
		t.Helper()
		send(t, c)
		heard := s.heard()
		if len(heard) != want || !heard[0].byHand() {
			t.Fatalf("heard %v", heard)
		}
		if got := signed(t, heard[want-1]); (got - ahead).Abs() > near {
			t.Errorf("signed %v ahead, want %v", got, ahead)
		}
	}
	pushed(1, 0)
	for _, ahead := range []time.Duration{time.Hour, -24 * time.Hour, 0} {
		s.says(dated(ahead, refused, expired), dated(ahead, "200 OK"))
		pushed(2, ahead) // again, by the SDK
		pushed(1, ahead)
	}
	s.says(dated(time.Hour, refused, expired, "Age: 3600"), ok200)
	if err := c.Push(t.Context(), "R1kmxc2VNjMCFIA=", []byte("x")); err == nil {
		t.Error("an answer that somebody has kept is believed")
	}
	s.heard()
	pushed(1, 0)
}
