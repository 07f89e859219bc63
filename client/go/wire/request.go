package wire

import (
	"context"
	"fmt"
	"slices"
)

// Request sends a frame and waits for its answer. A failure that the service tells is a *Refusal. A
// failure of API Gateway's own is taken for the answer to the oldest request that has none.
func (c *Conn) Request(ctx context.Context, frame map[string]any) (Frame, error) {
	return c.Start(ctx, frame)()
}

// Start sends a frame, and returns when it has been written, with what waits for its answer.
func (c *Conn) Start(ctx context.Context, frame map[string]any) func() (Frame, error) {
	type result struct {
		frame Frame
		err   error
	}
	got := make(chan result, 1)
	written := make(chan error, 1)
	c.mu.Lock()
	r, err := c.ask(frame, written, func(f Frame, err error) { got <- result{f, err} })
	if err == nil {
		c.strays = append(c.strays, r)
	}
	c.mu.Unlock()
	if err == nil {
		if err = wait(ctx, written); err != nil {
			c.forget(r)
		}
	}
	if err != nil {
		return func() (Frame, error) { return Frame{}, fmt.Errorf("send: %w", err) }
	}
	return func() (Frame, error) {
		select {
		case answer := <-got:
			return answer.frame, answer.err
		case <-ctx.Done():
			c.forget(r)
			return Frame{}, ctx.Err()
		}
	}
}

func wait(ctx context.Context, written <-chan error) error {
	select {
	case err := <-written:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Send sends a frame that is to have no answer, and returns when it has been written.
func (c *Conn) Send(ctx context.Context, frame map[string]any) error {
	raw, err := Encode(frame)
	if err != nil {
		return err
	}
	written := make(chan error, 1)
	c.mu.Lock()
	err = c.put(outgoing{raw, written})
	c.mu.Unlock()
	if err != nil {
		return err
	}
	return wait(ctx, written)
}

// Wait returns the next frame of one of these types that answers no request; others before it are
// dropped. It is for connections without Receive.
func (c *Conn) Wait(ctx context.Context, types ...string) (Frame, error) {
	for {
		select {
		case f, more := <-c.events:
			if !more {
				return Frame{}, ErrClosed
			}
			if slices.Contains(types, f.Type) {
				return f, nil
			}
		case <-ctx.Done():
			return Frame{}, ctx.Err()
		}
	}
}
