// Package push is signaling.Pusher on API Gateway's @connections API. A frame is posted on a connection
// of its own making, and what is not plainly delivered or gone becomes the first attempt of the SDK,
// which goes on as if it had made that itself.
package push

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/parley-rtc/parley/internal/roots"
	"github.com/parley-rtc/parley/internal/signaling"
)

// Timeout bounds one call with its retries: a client that has stalled can hold a POST for as long
// as we let it (aws-sdk-js-v3 #6896), and the others of the room are waiting.
const Timeout = 3 * time.Second

// Client posts frames to connections. The SDK repeats what was throttled or failed on the server's
// side.
type Client struct {
	api   func() *api
	posts func() *poster // nil where all goes to the SDK
}

var _ signaling.Pusher = (*Client)(nil)

// Stage is where to push, and as whom.
type Stage struct {
	Endpoint    string
	Region      string
	Credentials aws.CredentialsProvider
	Trusted     *roots.Roots
	Env         func(string) string // says whether it is a function that pushes

	HTTP    aws.HTTPClient     // of the SDK
	Retryer func() aws.Retryer // likewise
}

// New returns a Client for a stage.
func New(s Stage) *Client {
	clock := &clock{}
	return &Client{
		sync.OnceValue(func() *api { return &api{stage: s, retryer: s.Retryer(), clock: clock} }),
		sync.OnceValue(func() *poster { return newPoster(s, clock) }),
	}
}

// Open makes the connection that the first push needs, if it is to be made by hand. That there is
// none is no failure yet.
func (c *Client) Open(ctx context.Context) {
	if p := c.posts(); p != nil {
		p.pool.open(ctx, time.Now().Add(Timeout))
	}
}

// Push implements signaling.Pusher with POST @connections. A ctx with a deadline ends it then and
// not before.
func (c *Client) Push(ctx context.Context, to signaling.ConnID, frame []byte) error {
	end := time.Now().Add(Timeout)
	if before, ok := ctx.Deadline(); ok && before.Before(end) {
		end = before
	}
	var made attempt
	if p := c.posts(); p != nil && to != "" && frame != nil && ctx.Err() == nil {
		made = p.post(ctx, end, string(to), frame)
	}
	switch made.outcome {
	case delivered:
		return nil
	case gone:
		return signaling.ErrGone
	}
	return c.goOn(ctx, end, made, string(to), frame)
}

// goOn has the SDK do the rest of a push.
func (c *Client) goOn(ctx context.Context, end time.Time, made attempt, id string, frame []byte) error {
	ctx, cancel := made.rest(ctx, end)
	defer cancel()
	return goneOr("push", c.api().do(ctx, call{"PostToConnection", http.MethodPost, id, frame, &made}))
}

// Close implements signaling.Pusher with DELETE @connections.
func (c *Client) Close(ctx context.Context, conn signaling.ConnID) error {
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	err := c.api().do(ctx, call{operation: "DeleteConnection", method: http.MethodDelete, id: string(conn)})
	if err = goneOr("close", err); errors.Is(err, signaling.ErrGone) {
		return nil
	}
	return err
}

// Probe implements signaling.Pusher with GET @connections.
func (c *Client) Probe(ctx context.Context, conn signaling.ConnID) error {
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	return goneOr("probe", c.api().do(ctx, call{operation: "GetConnection", method: http.MethodGet, id: string(conn)}))
}
