package signaling

import (
	"context"
	"errors"
	"fmt"

	"github.com/parley-rtc/parley/internal/rescue"
)

// turn is one event being carried out. It is not for use by several goroutines at once.
type turn struct {
	*Service
	from    Origin
	trouble []error // beside what was asked for: for the log, and never for the client
}

// note keeps what went wrong beside the request. Who missed an event by it sees the gap in rev and
// asks for the roster.
func (t *turn) note(err error) {
	if err != nil {
		t.trouble = append(t.trouble, err)
	}
}

// attempt is for what is not to keep from what comes after it, not even by a panic, which is noted.
func (t *turn) attempt(do func() error) error {
	err := rescue.Do(do)
	if _, panicked := errors.AsType[*rescue.PanicError](err); panicked {
		t.note(err)
	}
	return err
}

func (t *turn) aside() error { return errors.Join(t.trouble...) }

// answer is how a request ends that was carried out.
type answer struct {
	event Event                                     // what its sender is told; nil is nothing
	then  func(ctx context.Context, deafness error) // what comes after; deafness is ErrGone if the sender's socket is gone
}

// done acknowledges a request, if its sender wants to know.
func done(r Request) answer {
	if r.ID == "" {
		return answer{}
	}
	return answer{event: Done{Request: r}}
}

// encode returns the frame of an event for the sender, nil if its dialect has none.
func (t *turn) encode(ev Event) ([]byte, error) {
	if ev == nil {
		return nil, nil
	}
	frame, err := t.Encoder.Encode(t.from.Dialect, ev)
	if err == nil && len(frame) > MaxFrame {
		err = Errorf(CodeTooLarge, "the answer would be %d bytes, the limit is %d", len(frame), MaxFrame)
	}
	return frame, err
}

// reply sends the sender its frame. One that is gone needs no answer: its $disconnect, or the next
// push to it, settles what it leaves behind.
func (t *turn) reply(ctx context.Context, frame []byte) error {
	if frame == nil {
		return nil
	}
	err := t.Pusher.Push(ctx, t.from.Conn, frame)
	if err != nil && !errors.Is(err, ErrGone) {
		t.note(fmt.Errorf("answer: %w", err))
	}
	return err
}

// refuse tells the sender that a request failed.
func (t *turn) refuse(ctx context.Context, r Request, refusal *Error) error {
	frame, err := t.encode(Failed{r, refusal})
	if err != nil {
		t.note(fmt.Errorf("answer: %w", err))
		return err
	}
	return t.reply(ctx, frame)
}
