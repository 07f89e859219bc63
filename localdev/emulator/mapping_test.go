package emulator_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/parley-rtc/parley/localdev/emulator"
)

func TestMapping(t *testing.T) {
	w := startFacts(t, "mapped")
	c := w.dial("")
	for _, tt := range []struct{ name, send, want string }{
		{
			"MOCK answers by a template with $context, $input and $stageVariables", `{"action":"ping","data":{"n":1.50}}`,
			`^\{"to":"` + regexp.QuoteMeta(c.id) + `","at":\d{13},"colour":"red","said":\{"n":1\.50\}\}$`,
		},
		{"a request template is selected by the message", `{"action":"ping","kind":"teapot"}`, `^other$`},
		{"a MOCK template without a status is an error", `{"action":"ping","kind":"broken"}`, `^\{"message": "Internal server error", `},
		{"NEVER lets no body through", `{"action":"strict"}`, `^\{"message": "Internal server error", `},
		{"AWS calls the function with what the template makes", `{"action":"ask","data":"it's \"me\""}`, `^\{"body":"it's \\"me\\"","statusCode":200\}$`},
		{"AWS passes a function error on", `{"action":"ask","do":"error","data":"oh"}`, `^\{"errorMessage":"oh","errorType":"errorString"\}$`},
		{"AWS with the invocation type Event answers at once", `{"action":"later","ms":1500}`, `^accepted$`},
	} {
		run(t, tt.name, func(t *testing.T) {
			c.t = t
			c.send(tt.send)
			if got := c.text(); !regexp.MustCompile(tt.want).MatchString(got) {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
	run(t, "an answer needs a route response", func(t *testing.T) {
		c := startFacts(t, "mapped", func(o *emulator.Options) { o.Serial = true }).dial("")
		c.send(`{"action":"quiet"}`)
		c.send(`{"action":"ping","kind":"teapot"}`)
		if got := c.text(); got != "other" {
			t.Errorf("got %s", got)
		}
	})
}

func TestThrottling(t *testing.T) {
	w := startFacts(t, "limited")
	began := time.Now()
	c := w.dial("")
	run(t, "a message over the limit gets a frame, and the socket stays open", func(t *testing.T) {
		refused := regexp.MustCompile(`^\{"message": "Too Many Requests", "connectionId":"` + regexp.QuoteMeta(c.id) +
			`", "requestId":"[A-Za-z0-9_-]{15}="\}$`)
		count := map[string]int{}
		for range 10 {
			c.send("x")
		}
		for range 10 {
			got := c.text()
			if got != "pong" && !refused.MatchString(got) {
				t.Fatalf("got %s", got)
			}
			count[got[:1]]++
		}
		most := 2 + int(time.Since(began).Seconds()) + 1 // the burst, and what a slow machine's seconds add
		if count["p"] < 2 || count["p"] > most {
			t.Errorf("%d of 10 went through, want 2, at most %d", count["p"], most)
		}
		w.advance("2s")
		c.send("x")
		if got := c.text(); got != "pong" {
			t.Errorf("after 2 s: got %s", got)
		}
	})
	run(t, "a route has limits of its own, and 0 lets nothing through", func(t *testing.T) {
		w.advance("1m")
		c := w.dial("")
		c.send(`{"action":"never"}`)
		if got := c.text(); !strings.Contains(got, "Too Many Requests") {
			t.Errorf("got %s", got)
		}
	})
	run(t, "a handshake over the limit is 429", func(t *testing.T) {
		w.eventually("a 429", func() bool {
			resp, _ := w.handshake("/limited")
			return resp.StatusCode == 429
		})
	})
}

func TestSmallFacts(t *testing.T) {
	run(t, "an empty text message is delivered", func(t *testing.T) {
		c := startFacts(t, "limited").dial("")
		c.send("")
		if got := c.text(); got != "pong" {
			t.Errorf("got %s, want what $default answers", got)
		}
	})
	run(t, "an API without $connect accepts", func(t *testing.T) {
		if resp, _ := startFacts(t, "mapped").handshake("/mapped"); resp.StatusCode != 101 {
			t.Errorf("got %s", resp.Status)
		}
	})
	run(t, "stageVariables are there if the stage has some", func(t *testing.T) {
		w := startFacts(t, "guarded")
		c := w.dial("do=allow", withToken)
		e := decode[map[string]any](t, w.kept(c.id, "CONNECT"))
		if got := fmt.Sprint(e["stageVariables"]); got != "map[colour:red]" {
			t.Errorf("got %s", got)
		}
	})
}
