package runtimeapi

import (
	"errors"
	"fmt"

	"github.com/parley-rtc/parley/internal/http1"
)

// loop has events answered, one after the other.
type loop struct {
	api     *client
	handler Handler
	arn     string // of the function: that of the last event
}

func newLoop(address string, handler Handler, asked ...func()) *loop {
	return &loop{api: newClient(address, asked), handler: handler}
}

// run returns when the process is to end.
func (l *loop) run() error {
	for {
		if err := l.one(); err != nil {
			return err
		}
	}
}

// one waits for an event and has it answered.
func (l *loop) one() error {
	event, err := l.api.next()
	if err != nil {
		return err
	}
	return l.answer(event)
}

// answer has an event answered, whose bytes are good until the next request.
func (l *loop) answer(event http1.Answer) error {
	id := string(event.Header("Lambda-Runtime-Aws-Request-Id"))
	ctx, cancel, err := l.context(&event, id)
	if err != nil {
		return l.fail(id, describe(err))
	}
	defer cancel()
	response, failure := call(ctx, l.handler, event.Body)
	if failure == nil {
		if err := l.api.post(id, "/response", response, nil); err != nil {
			return fmt.Errorf("unexpected error occurred when sending the function functionResponse to the API: %w", err)
		}
		return nil
	}
	if err := l.fail(id, failure); err != nil {
		return err
	}
	if failure.ShouldExit {
		return errors.New("calling the handler function resulted in a panic, the process should exit")
	}
	return nil
}
