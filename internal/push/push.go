// Package push is signaling.Pusher on API Gateway's @connections API.
package push

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi"
	"github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi/types"

	"github.com/parley-rtc/parley/internal/signaling"
)

// Timeout bounds one call with its retries: a client that has stalled can hold a POST for as long as we let it
// (aws-sdk-js-v3 #6896), and the others of the room are waiting.
const Timeout = 3 * time.Second

// Client posts frames to connections. The SDK repeats what was throttled or failed on the server's side.
type Client struct {
	api *apigatewaymanagementapi.Client
}

var _ signaling.Pusher = (*Client)(nil)

// New returns a Client for the stage that api points at.
func New(api *apigatewaymanagementapi.Client) *Client { return &Client{api} }

// Push implements signaling.Pusher with POST @connections.
func (c *Client) Push(ctx context.Context, to signaling.ConnID, frame []byte) error {
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	id := string(to)
	w := &witness{}
	_, err := c.api.PostToConnection(ctx, &apigatewaymanagementapi.PostToConnectionInput{ConnectionId: &id, Data: frame}, w.watch)
	return goneOr("push", w.explain(err))
}

// Close implements signaling.Pusher with DELETE @connections.
func (c *Client) Close(ctx context.Context, conn signaling.ConnID) error {
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	id := string(conn)
	w := &witness{}
	_, err := c.api.DeleteConnection(ctx, &apigatewaymanagementapi.DeleteConnectionInput{ConnectionId: &id}, w.watch)
	if err = goneOr("close", w.explain(err)); errors.Is(err, signaling.ErrGone) {
		return nil
	}
	return err
}

// Probe implements signaling.Pusher with GET @connections.
func (c *Client) Probe(ctx context.Context, conn signaling.ConnID) error {
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	id := string(conn)
	w := &witness{}
	_, err := c.api.GetConnection(ctx, &apigatewaymanagementapi.GetConnectionInput{ConnectionId: &id}, w.watch)
	return goneOr("probe", w.explain(err))
}

func goneOr(doing string, err error) error {
	if err == nil {
		return nil
	}
	if _, gone := errors.AsType[*types.GoneException](err); gone {
		return signaling.ErrGone
	}
	return fmt.Errorf("%s: %w", doing, err)
}
