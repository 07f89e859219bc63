package emulator_test

import (
	"strings"
	"testing"

	"github.com/parley-rtc/parley/localdev/emulator"
)

func TestOtherHostsOfAService(t *testing.T) {
	w := start(t, withRoles)
	api := w.APIs[0].ID
	invoke := call{
		Service: "lambda", Method: "POST", Path: "/2015-03-31/functions/localdev-Bare/invocations",
		Body: `{"service":"dynamodb","method":"GET"}`,
	}
	for host, c := range map[string]call{
		"dynamodb.us-east-1.api.aws":               onTable("GetItem", getRow),
		"dynamodb-fips.us-east-1.amazonaws.com":    onTable("GetItem", getRow),
		"123456789012.ddb.us-east-1.amazonaws.com": onTable("GetItem", getRow),
		api + ".execute-api.us-east-1.api.aws": {
			Service: "execute-api", Method: "POST", Path: "/prod" + nobody, Body: "x",
		},
		"lambda.us-east-1.api.aws":            invoke,
		"lambda-fips.us-east-1.amazonaws.com": invoke,
	} {
		want := 200
		if c.Service == "execute-api" {
			want = 410
		}
		c.Host = host
		if got := w.callAs("Granted", c); got.Status != want {
			t.Errorf("%s: got %+v", host, got)
		}
	}
}

func TestUnmodifiedFunction(t *testing.T) {
	w := start(t, func(o *emulator.Options) { o.Template = "testdata/unmodified.yaml" })
	c := w.dial("")
	for _, message := range []string{"one", "two"} { // the second over connections that are there
		c.send(message)
		if got := c.text(); got != message {
			t.Fatalf("got %s", got)
		}
	}
	if _, items := w.http("GET", "/_localdev/tables/Messages", ""); !strings.Contains(items, c.id) || !strings.Contains(items, "two") {
		t.Errorf("got %s", items)
	}
	if b := w.bill(); b["wru"] != 2.0 || b["messagesOut"] != 2.0 {
		t.Errorf("got %v, want it on the bill", b)
	}
}
