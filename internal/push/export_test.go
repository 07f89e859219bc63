package push

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Plain returns a Client that leaves all to the SDK.
func (c *Client) Plain() *Client { return &Client{c.api, func() *poster { return nil }} }

// Witness watches a Retryer, and explains what a call ends with.
func Witness(r aws.Retryer) (aws.Retryer, func(error) error) {
	w := &witness{Retryer: r}
	return w, w.explain
}

// Rests reports whether the next push finds a connection that is good.
func (c *Client) Rests() bool {
	p := c.posts().pool
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.idle) > 0 && p.idle[len(p.idle)-1].Idle()
}

// Age has all that rest do so for that many seconds longer.
func (c *Client) Age(seconds int64) {
	p := c.posts().pool
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.idle {
		s.used -= seconds
	}
}

// HoldDial keeps new connections from being made, for as long as nobody loses patience.
func (c *Client) HoldDial(patience time.Duration) (release func()) {
	c.posts().pool.patience = patience
	c.posts().pool.turn <- struct{}{}
	return func() { <-c.posts().pool.turn }
}
