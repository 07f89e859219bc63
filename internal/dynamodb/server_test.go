package dynamodb_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/parley-rtc/parley/internal/dynamodb"
)

const home = "http://127.0.0.1:8000"

var identity = credentials.NewStaticCredentialsProvider("AKID", "secret", "session")

// say is an answer, or that there is none.
type say struct {
	status int
	header map[string]string
	body   string
	broken error // ends the body
	err    error
	then   func()
}

// server is an HTTP client that answers by itself. The last of its answers is for all that follow.
type server struct {
	t      *testing.T
	script []say
	heard  []asked
	open   int // bodies that nobody closed
}

type asked struct {
	header http.Header
	body   any           // as its JSON says
	ahead  time.Duration // of the machine's clock
	url    string
}

func (s *server) Do(r *http.Request) (*http.Response, error) {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		s.t.Error(err)
	}
	_ = r.Body.Close()
	a := asked{header: r.Header.Clone(), url: r.URL.String()}
	if err := json.Unmarshal(raw, &a.body); err != nil {
		s.t.Errorf("%v in %s", err, raw)
	}
	if r.ContentLength != int64(len(raw)) {
		s.t.Errorf("said %d bytes, sent %d", r.ContentLength, len(raw))
	}
	at := signed(s.t, r, raw)
	a.ahead = time.Until(at).Round(time.Minute)
	s.heard = append(s.heard, a)
	said := s.script[min(len(s.heard), len(s.script))-1]
	if said.then != nil {
		said.then()
	}
	if said.err != nil {
		return nil, said.err
	}
	header := http.Header{"X-Amzn-Requestid": {"ID"}}
	for name, value := range said.header {
		header.Set(name, value)
	}
	var body io.Reader = strings.NewReader(said.body)
	if said.broken != nil {
		body = io.MultiReader(body, broken{said.broken})
	}
	s.open++
	return &http.Response{
		StatusCode: said.status, Status: http.StatusText(said.status), Header: header, ContentLength: -1,
		Body: &closing{body, s}, Request: r,
	}, nil
}

type broken struct{ error }

func (b broken) Read([]byte) (int, error) { return 0, b.error }

// closing counts what is closed, and wants it to be read to its end.
type closing struct {
	io.Reader

	server *server
}

func (c *closing) Close() error {
	c.server.open--
	if rest, err := io.ReadAll(c.Reader); len(rest) > 0 && err == nil {
		c.server.t.Errorf("%q was not read", rest)
	}
	return nil
}

// signed checks a signature, and returns when it says that it was made.
func signed(t *testing.T, r *http.Request, body []byte) time.Time {
	at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	if err != nil {
		t.Error(err)
	}
	again := r.Clone(context.Background())
	again.Body = io.NopCloser(bytes.NewReader(body))
	for name := range again.Header {
		if name == "Authorization" || name == "X-Amz-Date" || name == "X-Amz-Security-Token" {
			delete(again.Header, name)
		}
	}
	sum := sha256.Sum256(body)
	c, _ := identity.Retrieve(context.Background())
	if err := v4.NewSigner().SignHTTP(
		context.Background(), c, again, hex.EncodeToString(sum[:]), "dynamodb", "eu-west-1", at,
	); err != nil {
		t.Error(err)
	}
	if got, want := r.Header.Get("Authorization"), again.Header.Get("Authorization"); got != want {
		t.Errorf("signed %s\nwant   %s", got, want)
	}
	return at
}

// quick is a retryer that waits for nothing.
func quick() aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) { o.MaxAttempts, o.MaxBackoff = 4, time.Nanosecond })
}

func theirs(c aws.HTTPClient) *sdk.Client {
	return sdk.New(sdk.Options{
		BaseEndpoint: aws.String(home), Region: "eu-west-1", Credentials: identity, HTTPClient: c, Retryer: quick(),
	})
}

func ours(c aws.HTTPClient) *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{
		Endpoint: home, Region: "eu-west-1", Credentials: identity, HTTPClient: c, Retryer: quick(),
	})
}
