package parley

import (
	"context"
	"slices"

	"github.com/parley-rtc/parley/client/go/wire"
)

// Kick removes somebody. For hosts; others get ErrForbidden, here and in the methods below.
func (r *Room) Kick(ctx context.Context, peer, reason string) error {
	frame := map[string]any{"action": "kick", "peer": peer}
	add(frame, "reason", reason)
	return r.await(ctx, frame, func(wire.Frame) error {
		r.tell(r.roster.dismiss(peer))
		r.refreshSoon(latePatience) // should they be back already; and there is a revision that we were not told of
		return nil
	})
}

// Lock keeps everybody out who has no pass.
func (r *Room) Lock(ctx context.Context) error {
	return r.setLocked(ctx, "lock")
}

// Unlock undoes Lock. Whoever waits still has to be admitted, or to join.
func (r *Room) Unlock(ctx context.Context) error {
	return r.setLocked(ctx, "unlock")
}

func (r *Room) setLocked(ctx context.Context, action string) error {
	return r.await(ctx, map[string]any{"action": action}, func(wire.Frame) error {
		r.locked = action == "lock" // of which the server tells the others only
		return nil
	})
}

// Waiting are those who wait to be let in, in the order in which they came, as hosts see them.
func (r *Room) Waiting() []Knock { return get(r, func() []Knock { return slices.Clone(r.waiting) }) }

// Admit lets somebody in. ErrNoSuchPeer says that they wait no more.
func (r *Room) Admit(ctx context.Context, peer string) error {
	return r.decide(ctx, map[string]any{"action": "admit", "peer": peer})
}

// Deny sends somebody away. It fails as Admit does.
func (r *Room) Deny(ctx context.Context, peer, reason string) error {
	frame := map[string]any{"action": "deny", "peer": peer}
	add(frame, "reason", reason)
	return r.decide(ctx, frame)
}

func (r *Room) decide(ctx context.Context, frame map[string]any) error {
	name, _ := frame["peer"].(string)
	err := r.await(ctx, frame, func(wire.Frame) error {
		r.knockLeft(name, r.self)
		return nil
	})
	if reasonOf(err) == ErrNoSuchPeer {
		r.loop.do(func() { r.knockLeft(name, "") })
	}
	return err
}
