package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// updates is how often Update tries.
const updates = 10

// Value decodes what is kept for a room under a key, whether anybody is in it or not, and returns its
// revision. The room "" is the namespace. If there is none, into stays as it is.
func (c *Client) Value(ctx context.Context, room, key string, into any) (rev int64, err error) {
	v, err := c.socket.Value(ctx, room, key)
	if err == nil && v.JSON != nil && json.Unmarshal(v.JSON, into) != nil {
		err = fmt.Errorf("the value %s is no %T", key, into)
	}
	return v.Rev, err
}

// SetValue keeps a value that is at revision rev, as Value returned it, or at any if that is AnyRev,
// and returns its new revision; nil takes it away. It fails with ErrChanged, and above MaxValue bytes.
// It lives for two hours.
func (c *Client) SetValue(ctx context.Context, room, key string, value any, rev int64) (int64, error) {
	raw, err := encode(value)
	if err != nil {
		return 0, err
	}
	return c.socket.SetValue(ctx, room, key, raw, rev)
}

// Update changes what is kept for a room under a key, whoever else changes it at the same time: change
// is called with what is there, or the zero T, until nobody has changed it meanwhile. What is nil then
// is taken away. An error of change is returned, and nothing is changed.
func Update[T any](ctx context.Context, c *Client, room, key string, change func(value *T) error) error {
	for range updates {
		var value T
		old, err := c.socket.Value(ctx, room, key)
		if err != nil {
			return err
		}
		if old.JSON != nil && json.Unmarshal(old.JSON, &value) != nil {
			return fmt.Errorf("the value %s is no %T", key, value)
		}
		if err := change(&value); err != nil {
			return err
		}
		raw, err := encode(value)
		if err != nil {
			return err
		}
		if bytes.Equal(raw, old.JSON) || old.JSON == nil && string(raw) == "null" {
			return nil
		}
		_, err = c.socket.SetValue(ctx, room, key, raw, old.Rev)
		if !errors.Is(err, ErrChanged) {
			return err
		}
	}
	return fmt.Errorf("the value %s: %w each of %d times", key, ErrChanged, updates)
}
