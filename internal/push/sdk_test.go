package push_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi"

	"github.com/parley-rtc/parley/internal/push"
	"github.com/parley-rtc/parley/internal/signaling"
)

func with(status string, body string, fields ...string) say {
	head := "HTTP/1.1 " + status + "\r\nDate: Fri, 27 Nov 2026 12:00:00 GMT\r\nX-Amzn-Requestid: of-the-server\r\n"
	for _, f := range fields {
		head += f + "\r\n"
	}
	return say(fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", head, len(body), body))
}

// noError is how one is printed that is none.
var noError = fmt.Sprint(error(nil))

// changes in an error's text from one connection to the next.
var changing = regexp.MustCompile(`127\.0\.0\.1:\d+->127|\[::1\]:\d+->`)

// exceptions have types of their own in the SDK's client, which say nothing of what the server says.
var exceptions = regexp.MustCompile(`(api error )?(\w+Exception: )[^,;]*`)

// reading is what the SDK's client does with a body; here all are read.
var reading = strings.NewReplacer("failed to discard", "failed to read", "failed to copy error", "failed to read")

// TestAPushFailsAndIsRepeatedAsBySDKAlone tells each story three times: to the SDK's client, to a
// Client that leaves all to the core of the SDK, and to one that makes the first attempt by hand. They
// end with the same words, and the server has heard the same.
func TestAPushFailsAndIsRepeatedAsBySDKAlone(t *testing.T) {
	type story struct {
		script  []say
		id      string
		frame   string
		options func(*apigatewaymanagementapi.Options)
		ctx     func(context.Context, *server) (context.Context, context.CancelFunc)
		sdkOnly bool // no attempt by hand is made
		noFrame bool
		wrong   bool // it fails in whatever words: nobody does that
		timed   bool // the server has to be asked before the time is over
	}
	throttled := with("429 Too Many Requests", "", "x-amzn-ErrorType: LimitExceededException")
	broken := with("500 Internal Server Error", `{"message":"Internal server error"}`)
	for name, s := range map[string]story{
		"200":                          {script: []say{ok200}},
		"200 with a body":              {script: []say{with("200 OK", "{}")}},
		"200 in chunks":                {script: []say{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"}},
		"200 to the end":               {script: []say{"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{}"}},
		"200 that is not whole":        {script: []say{"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\n{}", ok200}},
		"204":                          {script: []say{with("204 No Content", "")}},
		"after a hint":                 {script: []say{"HTTP/1.1 103 Early Hints\r\n\r\n" + ok200}},
		"gone":                         {script: []say{gone}},
		"gone, in the body":            {script: []say{with("410 Gone", `{"__type":"GoneException"}`)}},
		"gone, with a body":            {script: []say{with("410 Gone", `{"message":"bye"}`, "x-amzn-ErrorType: GoneException")}},
		"gone, with one of no JSON":    {script: []say{with("410 Gone", "<html>", "x-amzn-ErrorType: GoneException")}},
		"gone, says somebody else":     {script: []say{with("410 Gone", "")}},
		"gone, with another status":    {script: []say{with("404 Not Found", "", "x-amzn-ErrorType: GoneException")}},
		"403":                          {script: []say{with("403 Forbidden", `{"message":"Forbidden"}`, "x-amzn-ErrorType: ForbiddenException")}},
		"403 of IAM":                   {script: []say{with("403 Forbidden", `{"Message":"User: x is not authorized"}`, "x-amzn-ErrorType: AccessDeniedException")}},
		"413":                          {script: []say{with("413 Payload Too Large", `{"message":"Request Too Long"}`, "x-amzn-ErrorType: PayloadTooLargeException")}},
		"a clock that is wrong":        {script: []say{with("403 Forbidden", `{"message":"Signature expired"}`, "x-amzn-ErrorType: RequestTimeTooSkewed"), ok200}},
		"400":                          {script: []say{with("400 Bad Request", `{"message":"Invalid connectionId: é"}`, "x-amzn-ErrorType: BadRequestException")}},
		"404 of no JSON":               {script: []say{with("404 Not Found", "<html>nobody</html>")}},
		"a redirection":                {script: []say{with("302 Found", "", "Location: /elsewhere")}},
		"a redirection to follow":      {script: []say{with("307 Temporary Redirect", "", "Location: /elsewhere"), ok200}},
		"429, once":                    {script: []say{throttled, ok200}},
		"429, then gone":               {script: []say{throttled, throttled, gone}},
		"429, always":                  {script: []say{throttled}},
		"500, twice":                   {script: []say{broken, broken, ok200}},
		"500, always":                  {script: []say{broken}},
		"503, with a word on when":     {script: []say{with("503 Service Unavailable", "", "Retry-After: 1"), ok200}},
		"no answer, once":              {script: []say{end, ok200}},
		"no answer, ever":              {script: []say{end}},
		"a reset, once":                {script: []say{reset, ok200}},
		"a reset, always":              {script: []say{reset}},
		"half a head":                  {script: []say{"HTTP/1.1 200 OK\r\nConnection: close\r\nX", ok200}},
		"half a body of an error":      {script: []say{"HTTP/1.1 500 No\r\nConnection: close\r\nContent-Length: 5\r\n\r\n{}", ok200}},
		"silence, until the ctx ends":  {script: []say{hang}, timed: true},
		"silence, until it is over":    {script: []say{hang}, ctx: canceledThen},
		"a ctx that is over":           {script: []say{ok200}, ctx: over, sdkOnly: true},
		"a ctx that is canceled":       {script: []say{ok200}, ctx: canceled, sdkOnly: true},
		"an id with all in it":         {script: []say{ok200}, id: "a/b?c=d&e f+%3D~é.."},
		"no id":                        {script: []say{ok200}, id: "-", sdkOnly: true, wrong: true},
		"no frame":                     {script: []say{ok200}, noFrame: true, sdkOnly: true, wrong: true},
		"an empty frame":               {script: []say{ok200}, frame: "-"},
		"a long frame":                 {script: []say{ok200}, frame: strings.Repeat("é", 64<<10)},
		"no region":                    {script: []say{ok200}, options: func(o *apigatewaymanagementapi.Options) { o.Region = "" }, sdkOnly: true},
		"no credentials":               {script: []say{ok200}, options: func(o *apigatewaymanagementapi.Options) { o.Credentials = failing{} }, sdkOnly: true},
		"a token that none can be":     {script: []say{ok200}, options: token("a b\n"), sdkOnly: true},
		"a stage with a slash":         {script: []say{ok200}, options: at("/prod/")},
		"no stage":                     {script: []say{ok200}, options: at("")},
		"a stage that must be escaped": {script: []say{ok200}, options: at("/a%20b"), sdkOnly: true},
		"a path with two slashes":      {script: []say{ok200}, options: at("//prod"), sdkOnly: true},
		"a query":                      {script: []say{ok200}, options: at("/prod?a=b"), sdkOnly: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := serve(t, nil, s.script...)
			o := options(server.url)
			if s.options != nil {
				s.options(&o)
			}
			id, frame := signaling.ConnID("R1kmxc2VNjMCFIA="), []byte("hello")
			if s.id != "" {
				id = signaling.ConnID(strings.TrimPrefix(s.id, "-"))
			}
			if s.frame != "" {
				frame = []byte(strings.TrimPrefix(s.frame, "-"))
			}
			patience := 50 * time.Millisecond
			told := func(c signaling.Pusher) (string, bool, []asked) {
				server.says(s.script...)
				ctx := t.Context()
				if s.timed {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, patience)
					defer cancel()
				}
				if s.ctx != nil {
					var cancel context.CancelFunc
					ctx, cancel = s.ctx(ctx, server)
					defer cancel()
				}
				if s.noFrame {
					frame = nil
				}
				err := c.Push(ctx, id, frame)
				text := changing.ReplaceAllString(fmt.Sprint(err), "")
				return reading.Replace(exceptions.ReplaceAllString(text, "$2")), errors.Is(err, signaling.ErrGone), server.heard()
			}
			theirs := sdk(o)
			want, wantGone, wantHeard := told(theirs)
			for s.timed && len(wantHeard) == 0 {
				patience *= 2
				want, wantGone, wantHeard = told(theirs)
			}
			for _, c := range []struct {
				*push.Client
				byHand bool
			}{{client(o).Plain(), false}, {client(o), !s.sdkOnly}} {
				got, isGone, heard := told(c)
				for s.timed && len(heard) == 0 {
					patience *= 2
					got, isGone, heard = told(c)
				}
				if got != want && (!s.wrong || got == noError) || isGone != wantGone {
					t.Errorf("got  %s\nwant %s", got, want)
				}
				if !same(heard, wantHeard) {
					t.Errorf("the server heard %d requests, and of the SDK %d:\n%v\n%v", len(heard), len(wantHeard), heard, wantHeard)
				}
				for i, a := range heard {
					if a.byHand() != (i == 0 && c.byHand) {
						t.Errorf("request %d is by %q", i, a.header.Get("User-Agent"))
					}
				}
			}
		})
	}
}

func canceled(ctx context.Context, _ *server) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	cancel()
	return ctx, cancel
}

func over(ctx context.Context, _ *server) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, -1)
}

// canceledThen is canceled once the server has been asked.
func canceledThen(ctx context.Context, s *server) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go s.onAsked(ctx, cancel)
	return ctx, cancel
}

func token(text string) func(*apigatewaymanagementapi.Options) {
	return func(o *apigatewaymanagementapi.Options) {
		o.Credentials = credentials.NewStaticCredentialsProvider("AKID", "secret", text)
	}
}

func at(path string) func(*apigatewaymanagementapi.Options) {
	return func(o *apigatewaymanagementapi.Options) {
		there := strings.TrimSuffix(*o.BaseEndpoint, "/prod") + path
		o.BaseEndpoint = &there
	}
}
