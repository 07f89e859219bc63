package emulator_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"github.com/parley-rtc/parley/localdev/emulator"
)

func startServices(t *testing.T, options ...func(*emulator.Options)) *world {
	t.Helper()
	return start(t, append([]func(*emulator.Options){func(o *emulator.Options) { o.Template = "testdata/services.yaml" }}, options...)...)
}

func TestDynamoDBIntegrations(t *testing.T) {
	w := startServices(t)
	c := w.dial("room=r1")
	run(t, "a handshake stores an item, by a template", func(t *testing.T) {
		c.t = t
		c.send(`{"action":"get"}`)
		if got, want := c.text(), "id:S room:S at:N agent:S r1"; len(got) != len(want) || !strings.HasSuffix(got, " r1") {
			t.Errorf("got %s, want %s in any order", got, want)
		}
	})
	run(t, "DynamoDB's status is that of the handshake", func(t *testing.T) {
		if resp, _ := w.handshake("/prod"); resp.StatusCode != http.StatusBadRequest {
			t.Errorf("without a room the request has no item: got %s", resp.Status)
		}
	})
	run(t, "a message writes, and an integration response answers", func(t *testing.T) {
		before := w.bill()["wru"].(float64)
		for _, exchange := range [][2]string{
			{`{"action":"put","data":"hello"}`, "stored"},
			{`{"action":"get","id":"it"}`, "data:S id:S hello"},
			{`{"action":"put","data":{}}`, "400 SerializationException"},
		} {
			c.send(exchange[0])
			if got := c.text(); len(got) != len(exchange[1]) || got[strings.LastIndexByte(got, ' ')+1:] != exchange[1][strings.LastIndexByte(exchange[1], ' ')+1:] {
				t.Errorf("%s: got %s, want %s", exchange[0], got, exchange[1])
			}
		}
		if cost := w.bill()["wru"].(float64) - before; cost != 1 {
			t.Errorf("the bill has %v write units more, want 1", cost)
		}
		s := w.trace("put", func(s traced) bool { return s.Route == "put" && !s.Running && strings.Contains(s.steps(), "reply") })
		if s.steps() != "PutItem localdev-Rows, reply "+c.id {
			t.Errorf("the ladder has %s", s.steps())
		}
	})
	run(t, "the role of the integration decides", func(t *testing.T) {
		c.send(`{"action":"scan"}`)
		if got := c.text(); got != "400" {
			t.Errorf("got %s", got)
		}
		for _, words := range []string{
			`msg="refused, as AWS would" role=Writer action=dynamodb:Scan`,
			"add to the policies of the role Writer: Statement: [{Effect: Allow, Action: dynamodb:Scan, Resource: !GetAtt Rows.Arn}]",
			"DynamoDB answered Scan with 400: AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/",
		} {
			if !strings.Contains(w.log.String(), words) {
				t.Errorf("the log has no %s", words)
			}
		}
		s := w.trace("scan", func(s traced) bool { return s.Route == "scan" && !s.Running })
		if !strings.Contains(s.Failure, "is not authorized to perform: dynamodb:Scan") {
			t.Errorf("the ladder says %q", s.Failure)
		}
	})
	run(t, "without a role DynamoDB refuses", func(t *testing.T) {
		c.send(`{"action":"nobody"}`)
		if got := c.text(); !strings.Contains(got, "MissingAuthenticationTokenException") {
			t.Errorf("got %s", got)
		}
	})
	run(t, "$disconnect deletes it again", func(t *testing.T) {
		c.conn.Close()
		w.eventually("the item's end", func() bool {
			_, body := w.http("GET", "/_localdev/tables/localdev-Rows", "")
			return !strings.Contains(body, c.id)
		})
	})
	run(t, "-iam=false lets everybody", func(t *testing.T) {
		c := startServices(t, func(o *emulator.Options) { o.Permissive = true }).dial("room=r1")
		for _, action := range []string{"scan", "nobody"} {
			c.send(fmt.Sprintf(`{"action":%q}`, action))
			if got := c.text(); got != "200" && !strings.Contains(got, `"Count":1`) {
				t.Errorf("%s: got %s", action, got)
			}
		}
	})
}

// backEnd answers what it was asked, and does what a body's "do" says.
func backEnd(t *testing.T) (url string, asked func() *http.Request) {
	t.Helper()
	requests := make(chan *http.Request, 100)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests <- r
		body, _ := io.ReadAll(r.Body) // a body that breaks is answered as far as it came
		status, err := strconv.Atoi(r.URL.Query().Get("status"))
		if err != nil {
			status = http.StatusOK
		}
		switch {
		case strings.Contains(string(body), "no such thing"):
			status = http.StatusNotFound
		case strings.Contains(string(body), "break"):
			if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
				conn.Close()
			}
			return
		case r.URL.Path == "/slow":
			<-r.Context().Done()
		}
		w.WriteHeader(status)
		_, _ = w.Write(body)
	}))
	t.Cleanup(server.Close)
	return server.URL, func() *http.Request {
		select {
		case r := <-requests:
			return r
		case <-time.After(patience):
			t.Fatal("the back end was not asked")
			return nil
		}
	}
}

func TestHTTPIntegrations(t *testing.T) {
	url, asked := backEnd(t)
	w := startServices(t, func(o *emulator.Options) { o.Parameters = map[string]string{"BackEnd": url} })
	proxied := &world{&emulator.Emulator{Addr: w.Addr, APIs: w.APIs[1:]}, t, w.log}
	c := proxied.dial("auth=secret&many=1&many=2", func(d *ws.Dialer) {
		d.Header = ws.HandshakeHeaderHTTP{"x-Own": {"mine"}, "Accept-Encoding": {"br"}}
	})
	run(t, "HTTP_PROXY on $connect passes headers and query on, and parameters", func(t *testing.T) {
		r := asked()
		h := r.Header
		got := fmt.Sprint(r.Method, " ", r.URL, " ", h["Connectionid"], h["Token"], h["X-Own"], h["Sec-Websocket-Version"], h["X-Amzn-Apigateway-Api-Id"])
		want := "POST /connect?all=1&all=2&auth=secret&many=1&many=2 [" + c.id + "] [secret] [mine] [none] [" + w.APIs[1].ID + "]"
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
	run(t, "its status is that of the handshake", func(t *testing.T) {
		if resp, _ := w.handshake("/proxied?status=401"); resp.StatusCode != http.StatusUnauthorized {
			t.Errorf("got %s", resp.Status)
		}
		asked()
	})
	run(t, "HTTP_PROXY passes a message on, and its answer", func(t *testing.T) {
		c.t = t
		c.send(`{"name":"a b", "x":1}`)
		if got := c.text(); got != `{"name":"a b", "x":1}` {
			t.Errorf("got %s", got)
		}
		r := asked()
		got := fmt.Sprint(r.Method, " ", r.URL, " ", r.Header["Version"], r.Header["Absent"], r.Header["Content-Type"], r.Header["User-Agent"])
		if want := "PUT /v2/a%20b [v2] [] [application/json] [AmazonAPIGateway_" + w.APIs[1].ID + "]"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		s := w.trace("it", func(s traced) bool { return s.Connection == c.id && s.Kind == "message" && !s.Running })
		if got, want := s.steps(), "http PUT "+strings.TrimPrefix(url, "http://")+"/v2/a b, reply "+c.id; got != want {
			t.Errorf("the ladder has %s, want %s", got, want)
		}
	})
	run(t, "HTTP sends what a template makes, and answers by one", func(t *testing.T) {
		for _, exchange := range [][2]string{
			{`{"action":"ask","say":"hello"}`, "it said hello"},
			{`{"action":"ask","say":"no such thing"}`, "no: 404"},
		} {
			c.send(exchange[0])
			if got := c.text(); got != exchange[1] {
				t.Errorf("got %s, want %s", got, exchange[1])
			}
			if r := asked(); r.Header.Get("Accept") != "application/json" {
				t.Errorf("got %v", r.Header)
			}
		}
	})
	run(t, "one that fails is a frame, and a line in the log", func(t *testing.T) {
		c.send(`{"action":"ask","say":"break"}`)
		if got := c.text(); !strings.HasPrefix(got, `{"message": "Internal server error"`) {
			t.Errorf("got %s", got)
		}
		asked()
		if !strings.Contains(w.log.String(), url+"/asked") {
			t.Error("the log does not name it")
		}
		c.send(`{"action":"slow"}`)
		if got := c.text(); !strings.HasPrefix(got, `{"message": "Endpoint request timed out"`) {
			t.Errorf("got %s", got)
		}
		asked()
	})
	run(t, "an error that nobody hears of is a line in the log", func(t *testing.T) {
		c.send(`{"action":"quiet","name":"no such thing"}`)
		asked()
		w.eventually("the line", func() bool { return strings.Contains(w.log.String(), "/{name} answered with 404") })
	})
}

func TestIntegrationsThatDoNotRun(t *testing.T) {
	url, _ := backEnd(t)
	w := startServices(t, func(o *emulator.Options) { o.Parameters = map[string]string{"BackEnd": url} })
	own := w.dial("room=r1")
	proxied := (&world{&emulator.Emulator{Addr: w.Addr, APIs: w.APIs[1:]}, t, w.log}).dial("")
	for _, tt := range []struct{ action, want string }{
		{"link", "localdev reaches no VPC, and so no VPC link: route link answers Internal server error"},
		{"queue", "localdev calls no service but Lambda and DynamoDB: route queue, to sqs, answers Internal server error"},
		{"odd", "request template $default: line 2: #if without its #end"},
	} {
		run(t, tt.action+" says at run time what the start said", func(t *testing.T) {
			c := own
			if tt.action == "link" {
				c = proxied
			}
			c.t = t
			if n := strings.Count(w.log.String(), tt.want); n != 1 {
				t.Errorf("the start says it %d times", n)
			}
			c.send(fmt.Sprintf(`{"action":%q}`, tt.action))
			if got := c.text(); !strings.HasPrefix(got, `{"message": "Internal server error"`) {
				t.Errorf("got %s", got)
			}
			if n := strings.Count(w.log.String(), tt.want); n != 2 {
				t.Errorf("the log has it %d times, want twice", n)
			}
			s := w.trace(tt.action, func(s traced) bool { return s.Route == tt.action && !s.Running })
			if s.Failure != tt.want {
				t.Errorf("the ladder says %q", s.Failure)
			}
		})
	}
}
