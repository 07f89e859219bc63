package emulator_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

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
			"DynamoDB answered Scan with 400 AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/",
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

func TestIntegrationsThatDoNotRun(t *testing.T) {
	w := startServices(t)
	c := w.dial("room=r1")
	for _, tt := range []struct{ action, want string }{
		{"queue", "localdev calls no service but Lambda and DynamoDB: route queue, to sqs, answers Internal server error"},
		{"odd", "request template $default: line 2: #if without its #end"},
	} {
		run(t, tt.action+" says at run time what the start said", func(t *testing.T) {
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
