package door

import (
	"context"

	"github.com/parley-rtc/parley/internal/app"
	"github.com/parley-rtc/parley/internal/signaling"
)

// late is an admission that is made when it is needed first. What fails is tried again by who comes next.
type late struct {
	app  *app.App
	own  Hook
	turn chan struct{} // holds one: whoever makes it
	made signaling.Admission
}

func (l *late) admit(ctx context.Context, h signaling.Handshake) (*signaling.Rights, error) {
	made, err := l.get(ctx)
	if err != nil {
		return nil, err
	}
	return made.Admit(ctx, h)
}

func (l *late) get(ctx context.Context) (signaling.Admission, error) {
	select {
	case l.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-l.turn }()
	if l.made != nil {
		return l.made, nil
	}
	made, err := build(ctx, l.app, l.own)
	if err == nil {
		l.made = made
	}
	return made, err
}
