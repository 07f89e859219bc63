package doctor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/parley-rtc/parley/client/go/wire"
)

func (e *examination) join(ctx context.Context) (string, error) {
	for i, p := range []*wire.Conn{e.first, e.two} {
		var f wire.Frame
		err := e.patiently(ctx, func() (err error) {
			f, err = e.ask(ctx, p, e.joining(i))
			return err
		})
		if refusal, ok := errors.AsType[*wire.Refusal](err); ok && i == 1 && refusal.Code == "name-taken" {
			return "", broken("token", "let its claim peer be a prefix such as doctor-*, or pass a token of its own for each peer", "the token gives both peers one name, so only one of them can join")
		}
		if err != nil {
			return "", err
		}
		e.joined[i] = f
	}
	step, cancel := e.step(ctx)
	defer cancel()
	if _, err := e.first.Wait(step, "peer-joined"); err != nil {
		return "", e.lost(ctx, "the first peer was not told of the second")
	}
	return fmt.Sprintf("two peers met in the room %s", e.room), nil
}

// joining is the request with which the doctor's first or second peer joins.
func (e *examination) joining(i int) map[string]any {
	frame := map[string]any{"action": "join", "room": e.room}
	if e.Token == "" {
		frame["peer"] = fmt.Sprint("doctor-", i+1)
	}
	return frame
}

// ask sends a request and explains what goes wrong with it.
func (e *examination) ask(ctx context.Context, p *wire.Conn, frame map[string]any) (wire.Frame, error) {
	step, cancel := e.step(ctx)
	defer cancel()
	f, err := p.Request(step, frame)
	refusal, refused := errors.AsType[*wire.Refusal](err)
	switch {
	case err == nil:
		return f, nil
	case refused && refusal.Code == "" && refusal.Message == "Forbidden":
		return f, perhapsYoung(broken("route", "deploy the route $default, and a deployment of the stage that has it", "API Gateway knows no route for messages (Forbidden)"))
	case refused && refusal.Code == "":
		if p := e.awaitLogs(ctx); p != nil {
			return f, p
		}
		if p := e.scarce(ctx); p != nil {
			return f, p
		}
		return f, broken("message function", "see its log, it crashed, timed out or did not start; if it says nothing, Lambda had no concurrency for it ("+concurrencyAdvice+"): "+seeLogs,
			"the message function failed: %s", refusal.Message)
	case refused && refusal.Code == "internal":
		if p := e.awaitLogs(ctx); p != nil {
			return f, p
		}
		return f, broken("service", "see the message function's log, a permission or a table may be missing: "+seeLogs, "the service failed: %s", refusal.Message)
	case refused && (refusal.Code == "forbidden" || refusal.Code == "unauthorized"):
		return f, broken("token rights", "mint one whose claims rooms and peer cover this: parley token --help", "the token does not allow it: %s", refusal.Message)
	case refused && refusal.Code == "over-budget":
		return f, broken("budget", "raise BUDGET_USD (budgetUsd), or wait for the next month", "the service has spent its budget: %s", refusal.Message)
	case refused && refusal.Code == "room-full":
		return f, broken("room", "pass another --room, or raise ROOM_SEATS (seats)", "the room has no two free seats: %s", refusal.Message)
	case refused && refusal.Code == "room-locked":
		return f, broken("room", "pass another --room, or unlock it; where LOBBY is on, use a token of a host", "a host has to let us in: %s", refusal.Message)
	case refused:
		return f, broken("service", "see docs/protocol.md for the code", "the service refused: %v", refusal)
	case errors.Is(err, wire.ErrClosed):
		return f, broken("connection", "see the functions' logs", "the connection was closed while waiting for an answer")
	}
	return f, e.lost(ctx, "no answer came")
}

// logsPatience is how long the function may need until its log says what happened: two pushes with their retries.
const logsPatience = 10 * time.Second

// lost explains silence: the functions were reached, and could not reach back.
func (e *examination) lost(ctx context.Context, what string) error {
	if p := e.awaitLogs(ctx); p != nil { // a function that cannot reach back tries for a while before it says so
		return p
	}
	return broken("endpoint or permission", "check AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI (https://{api}.execute-api.{region}.amazonaws.com/{stage}) and execute-api:ManageConnections of the message function; "+seeLogs,
		"%s: the message function cannot reach connections", what)
}

func (e *examination) relay(ctx context.Context) (string, error) {
	names := [2]string{e.joined[0].Peer, e.joined[1].Peer}
	if len(e.joined[1].Peers) == 0 {
		return "", broken("service", "is the room's table shared by both functions?", "the second peer was not shown the first")
	}
	for _, try := range []struct {
		from, to *wire.Conn
		name     string
		address  string
	}{
		{e.two, e.first, names[0], e.joined[1].Peers[0].Address},
		{e.first, e.two, names[1], ""},
	} {
		frame := map[string]any{"action": "signal", "room": e.room, "to": try.name, "data": "doctor"}
		if try.address != "" {
			frame["address"] = try.address
		}
		if _, err := e.ask(ctx, try.from, frame); err != nil {
			return "", err
		}
		step, cancel := e.step(ctx)
		_, err := try.to.Wait(step, "signal")
		cancel()
		if err != nil {
			return "", e.lost(ctx, "a signal was accepted and never arrived")
		}
	}
	return "a signal by address and one by name arrived", nil
}

func (e *examination) leave(ctx context.Context) (string, error) {
	if _, err := e.ask(ctx, e.first, map[string]any{"action": "broadcast", "room": e.room, "data": "doctor"}); err != nil {
		return "", err
	}
	step, cancel := e.step(ctx)
	defer cancel()
	if _, err := e.two.Wait(step, "broadcast"); err != nil {
		return "", e.lost(ctx, "a broadcast was accepted and never arrived")
	}
	if _, err := e.ask(ctx, e.first, map[string]any{"action": "leave", "room": e.room}); err != nil {
		return "", err
	}
	step, cancel = e.step(ctx)
	defer cancel()
	if _, err := e.two.Wait(step, "peer-left"); err != nil {
		return "", e.lost(ctx, "nobody was told that a peer left")
	}
	return "a broadcast arrived, and the others heard of a departure", nil
}

// vanish has one peer end its connection without leaving. That the other hears of it is the disconnect function's work.
func (e *examination) vanish(ctx context.Context) (string, error) {
	if _, err := e.ask(ctx, e.first, e.joining(0)); err != nil {
		return "", err
	}
	e.first.Close()
	step, cancel := e.step(ctx)
	defer cancel()
	if _, err := e.two.Wait(step, "peer-lost", "peer-left"); err == nil {
		return "the others heard of a connection that ended", nil
	}
	if p := e.awaitLogs(ctx); p != nil {
		return "", p
	}
	return "", broken("disconnect function", "try again, as API Gateway does not promise to call it; else check the route $disconnect, and dynamodb:DeleteItem, dynamodb:UpdateItem and execute-api:ManageConnections of the disconnect function: "+seeLogs,
		"a connection ended and the others were not told")
}
