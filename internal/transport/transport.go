// Package transport keeps the AWS SDK from closing a connection while it reads an answer from it.
package transport

import (
	"io"
	"net/http"
)

// Client is an HTTP client for the SDK's clients.
//
// The SDK closes the body of a request when the header of the answer is there. net/http may look
// only then whether the body has ended: the SDK's is an io.WriterTo, which fails with io.EOF once
// it is closed. net/http takes that for a request that failed, and closes the connection while the
// answer is read; the SDK repeats what was done, and charged. Read, of the same body, ends as it
// should.
type Client struct {
	HTTP interface {
		Do(*http.Request) (*http.Response, error)
	}
}

// Do implements aws.HTTPClient.
func (c Client) Do(r *http.Request) (*http.Response, error) {
	if _, ok := r.Body.(io.WriterTo); ok {
		body := r.Body
		r = r.WithContext(r.Context())
		r.Body = struct{ io.ReadCloser }{body}
	}
	return c.HTTP.Do(r)
}
