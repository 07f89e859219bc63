package transport_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/parley-rtc/parley/internal/transport"
)

// late is a connection on which the writer of a request comes to itself only when its answer is
// read, as on a busy machine.
type late struct {
	net.Conn
	reading <-chan struct{}
}

func (c late) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	if bytes.HasSuffix(p, []byte("}")) { // the body of the request
		<-c.reading
	}
	return n, err
}

// answer says when it is read.
type answer struct {
	io.ReadCloser
	read func()
}

func (a answer) Read(p []byte) (int, error) {
	a.read()
	return a.ReadCloser.Read(p)
}

// TestAnAnswerThatIsReadBeforeItsRequestIsDoneComesWhole has the answer begin before the client has
// noted that its request is written, and end afterwards.
func TestAnAnswerThatIsReadBeforeItsRequestIsDoneComesWhole(t *testing.T) {
	reading, written := make(chan struct{}), make(chan error, 10)
	begin := sync.OnceFunc(func() { close(reading) })
	done := make(chan struct{})
	finish := sync.OnceFunc(func() { close(done) })
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Length", "2")
		_ = http.NewResponseController(w).Flush()
		<-done
		_, _ = io.WriteString(w, "{}")
	}))
	defer server.Close()
	defer finish()
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		return late{conn, reading}, err
	}
	pool := &http.Transport{DialContext: dial}
	defer pool.CloseIdleConnections()
	db := dynamodb.New(dynamodb.Options{
		BaseEndpoint: &server.URL, Region: "us-east-1",
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
		HTTPClient:  transport.Client{HTTP: watched{&http.Client{Transport: pool}, begin}},
	})
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{WroteRequest: func(i httptrace.WroteRequestInfo) {
		written <- i.Err
		finish()
	}})
	if _, err := db.ListTables(ctx, &dynamodb.ListTablesInput{Limit: aws.Int32(1)}); err != nil {
		t.Error(err)
	}
	if err := <-written; err != nil {
		t.Errorf("the request was taken for broken, and the connection closed: %v", err)
	}
}

type watched struct {
	*http.Client
	read func()
}

func (w watched) Do(r *http.Request) (*http.Response, error) {
	resp, err := w.Client.Do(r)
	if err == nil {
		resp.Body = answer{resp.Body, w.read}
	}
	return resp, err
}
