package sigv4_test

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/parley-rtc/parley/internal/sigv4"
)

var friday = time.Date(2026, 11, 27, 23, 59, 59, 0, time.UTC)

// compare holds a head to what the SDK's signer says of the same request.
func compare(t *testing.T, head []byte, r *sigv4.Request, s *sigv4.Signer, c sigv4.Credentials, at time.Time) {
	t.Helper()
	req, err := http.ReadRequest(bufio.NewReader(io.MultiReader(bytes.NewReader(head), bytes.NewReader([]byte("\r\n")), bytes.NewReader(r.Body))))
	if err != nil {
		t.Fatalf("%q: %v", head, err)
	}
	defer req.Body.Close()
	body, err := io.ReadAll(req.Body)
	if err != nil || !bytes.Equal(body, r.Body) {
		t.Fatalf("%q: the body is %q, %v", head, body, err)
	}
	got, date := req.Header.Get("Authorization"), req.Header.Get("X-Amz-Date")
	req.Header.Del("Authorization")
	req.Header.Del("X-Amz-Date")
	req.Header.Del("Content-Length")
	req.URL.Host = r.Host
	sum := sha256.Sum256(body)
	err = v4.NewSigner().SignHTTP(t.Context(), aws.Credentials{AccessKeyID: c.AccessKey, SecretAccessKey: c.SecretKey, SessionToken: c.Token},
		req, hex.EncodeToString(sum[:]), s.Service, s.Region, at)
	if err != nil {
		t.Fatal(err)
	}
	if want := req.Header.Get("Authorization"); got != want {
		t.Fatalf("%q:\ngot  %s\nwant %s", head, got, want)
	}
	if want := req.Header.Get("X-Amz-Date"); date != want {
		t.Fatalf("dated %s, want %s", date, want)
	}
}

func path(id string) []byte {
	return sigv4.AppendEscaped([]byte("/prod/@connections/"), id, false)
}

// One signer goes on through all that its key hangs on.
func TestASignerFollowsItsCredentialsAndTheDay(t *testing.T) {
	s := &sigv4.Signer{Region: "eu-central-1", Service: "execute-api"}
	r := &sigv4.Request{Method: "POST", Path: path("R1kmxc2VNjMCFIA="), Host: "a.example:8080", ContentType: "application/octet-stream", Body: []byte("x")}
	first := sigv4.Credentials{AccessKey: "AKIDFIRST", SecretKey: "secret", Token: "token/+="}
	same, user := first, sigv4.Credentials{AccessKey: "AKIDSECOND", SecretKey: "other"}
	same.SecretKey = "another"
	for _, step := range []struct {
		c  sigv4.Credentials
		at time.Time
	}{
		{first, friday},
		{first, friday.Add(time.Second)},
		{first, friday},
		{same, friday},
		{user, friday},
		{first, friday},
		{first, friday.In(time.FixedZone("east", 6*3600))},
		{user, friday.AddDate(1, 0, 0)},
	} {
		head, ok := s.AppendHead([]byte(nil), r, step.c, step.at)
		if !ok {
			t.Fatalf("%v: refused", step)
		}
		compare(t, head, r, s, step.c, step.at)
	}
	before := []byte("before")
	for _, c := range []sigv4.Credentials{{}, {AccessKey: "A\r\nX: y"}, {AccessKey: "A", Token: "a  b"}, {AccessKey: "A", Token: "é"}} {
		if head, ok := s.AppendHead(before, r, c, friday); ok || string(head) != "before" {
			t.Errorf("%q: got %q", c, head)
		}
	}
}

func TestSigningAllocatesNothing(t *testing.T) {
	s := &sigv4.Signer{Region: "eu-central-1", Service: "execute-api"}
	r := &sigv4.Request{Method: "POST", Path: path("R1kmxc2VNjMCFIA="), Host: "a.example", ContentType: "application/octet-stream", Body: make([]byte, 200)}
	c := sigv4.Credentials{AccessKey: "AKID", SecretKey: "secret", Token: "token"}
	var head []byte
	if got := testing.AllocsPerRun(100, func() { head, _ = s.AppendHead(head[:0], r, c, friday) }); got >= 1 {
		t.Errorf("%v allocations", got)
	}
}

func FuzzSigner(f *testing.F) {
	f.Add("R1kmxc2VNjMCFIA=", []byte("x"), "us-east-1", "AKID", "secret", "token", int64(1_795_000_000))
	f.Add("a/b ~é\x00%3D", []byte(nil), "", "A/B", "", "", int64(0))
	f.Add("", bytes.Repeat([]byte("long"), 9000), "x", "A", string(make([]byte, 100)), "IQoJ//+=", int64(253_402_300_799))
	f.Fuzz(func(t *testing.T, id string, body []byte, region, key, secret, token string, at int64) {
		if at < 0 || at > 253_402_300_799 { // years of four digits
			return
		}
		s := &sigv4.Signer{Region: region, Service: "execute-api"}
		r := &sigv4.Request{Method: "POST", Path: path(id), Host: "a.example", ContentType: "application/octet-stream", Body: body}
		c := sigv4.Credentials{AccessKey: key, SecretKey: secret, Token: token}
		when := time.Unix(at, 0)
		head, ok := s.AppendHead(nil, r, c, when)
		if !ok || bytes.ContainsAny([]byte(region), "\x00\r\n\x7f") {
			return
		}
		for _, b := range []byte(region) {
			if b < ' ' && b != '\t' {
				return // a region is no such thing
			}
		}
		compare(t, head, r, s, c, when)
	})
}

func BenchmarkAppendHead(b *testing.B) {
	s := &sigv4.Signer{Region: "eu-central-1", Service: "execute-api"}
	r := &sigv4.Request{Method: "POST", Path: path("R1kmxc2VNjMCFIA="), Host: "a.example", ContentType: "application/octet-stream", Body: make([]byte, 200)}
	c := sigv4.Credentials{AccessKey: "AKID", SecretKey: "secret", Token: string(bytes.Repeat([]byte("t"), 800))}
	var head []byte
	b.ReportAllocs()
	for b.Loop() {
		head, _ = s.AppendHead(head[:0], r, c, friday)
	}
}
