package push_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi"
	"github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi/types"

	"github.com/parley-rtc/parley/internal/push"
	"github.com/parley-rtc/parley/internal/signaling"
)

// alone pushes by the SDK's own client of the API.
type alone struct {
	*apigatewaymanagementapi.Client
}

var _ signaling.Pusher = alone{}

func sdk(o apigatewaymanagementapi.Options) alone { return alone{apigatewaymanagementapi.New(o)} }

// do makes a call with a Retryer that is watched.
func (a alone) do(
	ctx context.Context, doing string, call func(context.Context, func(*apigatewaymanagementapi.Options)) error,
) error {
	ctx, cancel := context.WithTimeout(ctx, push.Timeout)
	defer cancel()
	var explain func(error) error
	err := call(ctx, func(o *apigatewaymanagementapi.Options) { o.Retryer, explain = push.Witness(o.Retryer) })
	if _, gone := errors.AsType[*types.GoneException](err); gone {
		return signaling.ErrGone
	}
	if err != nil {
		return fmt.Errorf("%s: %w", doing, explain(err))
	}
	return nil
}

func (a alone) Push(ctx context.Context, to signaling.ConnID, frame []byte) error {
	return a.do(ctx, "push", func(ctx context.Context, o func(*apigatewaymanagementapi.Options)) error {
		_, err := a.PostToConnection(ctx, &apigatewaymanagementapi.PostToConnectionInput{ConnectionId: (*string)(&to), Data: frame}, o)
		return err
	})
}

func (a alone) Probe(ctx context.Context, conn signaling.ConnID) error {
	return a.do(ctx, "probe", func(ctx context.Context, o func(*apigatewaymanagementapi.Options)) error {
		_, err := a.GetConnection(ctx, &apigatewaymanagementapi.GetConnectionInput{ConnectionId: (*string)(&conn)}, o)
		return err
	})
}

func (a alone) Close(ctx context.Context, conn signaling.ConnID) error {
	err := a.do(ctx, "close", func(ctx context.Context, o func(*apigatewaymanagementapi.Options)) error {
		_, err := a.DeleteConnection(ctx, &apigatewaymanagementapi.DeleteConnectionInput{ConnectionId: (*string)(&conn)}, o)
		return err
	})
	if errors.Is(err, signaling.ErrGone) {
		return nil
	}
	return err
}

// What was put on the wire is what the SDK's client puts there, but for what it says of itself.
func TestARequestIsTheSDKs(t *testing.T) {
	t.Setenv("AWS_LAMBDA_FUNCTION_NAME", "message")
	t.Setenv("_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a b/c:0")
	s := serve(t, nil, ok200)
	c := client(options(s.url))
	for _, c := range []signaling.Pusher{sdk(options(s.url)), c, c.Plain()} {
		if err := c.Push(t.Context(), "R1kmxc2VNjMCFIA=", []byte("hello")); err != nil {
			t.Fatal(err)
		}
	}
	heard := s.heard()
	for _, a := range heard[1:] {
		got, want := a.header, heard[0].header
		for name := range want {
			switch name {
			case "User-Agent", "Amz-Sdk-Invocation-Id":
			case "Amz-Sdk-Request", "Accept-Encoding":
				if !a.byHand() && got.Get(name) != want.Get(name) {
					t.Errorf("%s: got %s, want %s", name, got.Get(name), want.Get(name))
				}
			case "X-Amz-Date":
				if len(got.Get(name)) != len(want.Get(name)) {
					t.Errorf("%s: got %s, want %s", name, got.Get(name), want.Get(name))
				}
			case "Authorization":
				upTo := ", Signature="
				if a.byHand() {
					upTo = ", SignedHeaders="
				}
				scope, _, _ := strings.Cut(want.Get(name), upTo)
				if !strings.HasPrefix(got.Get(name), scope) {
					t.Errorf("got %s, want %s", got.Get(name), scope)
				}
			default:
				if got.Get(name) != want.Get(name) {
					t.Errorf("%s: got %q, want %q", name, got.Get(name), want.Get(name))
				}
			}
		}
		for name := range got {
			if want[name] == nil {
				t.Errorf("got %s, which the SDK sends not", name)
			}
		}
	}
	t.Setenv("_X_AMZN_TRACE_ID", "Root=another")
	if err := c.Push(t.Context(), "R1kmxc2VNjMCFIA=", []byte{}); err != nil {
		t.Fatal(err)
	}
	if got := s.heard()[0].header.Get("X-Amzn-Trace-Id"); got != "Root=another" {
		t.Errorf("the next event has trace %q", got)
	}
}

// TestProbesAndClosesAreTheSDKs asks by the SDK's client and by a Client, and compares.
func TestProbesAndClosesAreTheSDKs(t *testing.T) {
	about := with("200 OK", `{"connectedAt":"2026-11-27T12:00:00Z","identity":{"sourceIp":"127.0.0.1"}}`)
	broken := with("500 Internal Server Error", `{"message":"Internal server error"}`)
	for name, script := range map[string][]say{
		"200":               {about},
		"204":               {with("204 No Content", "")},
		"gone":              {gone},
		"403":               {with("403 Forbidden", `{"message":"Forbidden"}`, "x-amzn-ErrorType: ForbiddenException")},
		"500, once":         {broken, about},
		"500, always":       {broken},
		"no answer, once":   {end, about},
		"another clock":     {dated(time.Hour, "403 Forbidden", "x-amzn-ErrorType: RequestTimeTooSkewed"), about},
		"no answer, always": {end},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := serve(t, nil, ok200)
			told := func(p signaling.Pusher, do func(signaling.Pusher, context.Context, signaling.ConnID) error) (string, []asked) {
				server.says(script...)
				err := do(p, t.Context(), "a/b=")
				text := exceptions.ReplaceAllString(changing.ReplaceAllString(fmt.Sprint(err), ""), "$2")
				return text, server.heard()
			}
			ours, theirs := client(options(server.url)), sdk(options(server.url))
			for range 2 { // the second time, both know what time it is
				for _, do := range []func(signaling.Pusher, context.Context, signaling.ConnID) error{
					signaling.Pusher.Probe, signaling.Pusher.Close,
				} {
					want, wantHeard := told(theirs, do)
					if got, heard := told(ours, do); got != want || !same(heard, wantHeard) {
						t.Errorf("got  %s\n%v\nwant %s\n%v", got, heard, want, wantHeard)
					}
				}
			}
		})
	}
}
