package infra_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A function that was not invoked has no point of its metrics, and an operand without one leaves the sum without one.
func TestEverySumOfMetricsFillsItsOperands(t *testing.T) {
	identifier := regexp.MustCompile(`\b[a-z][A-Za-z0-9_]*\b`)
	filled := regexp.MustCompile(`\bFILL\([a-z][A-Za-z0-9_]*, ?0\)`)
	sums := mathOf(t, template(t, map[string]any{"auth": "none", "alarms": "true"}))
	for where, expression := range sums {
		if rest := identifier.FindAllString(filled.ReplaceAllString(expression, ""), -1); len(rest) > 0 {
			t.Errorf("%s: %s is not filled in %q", where, strings.Join(rest, ", "), expression)
		}
		if n := len(filled.FindAllString(expression, -1)); n < 3 {
			t.Errorf("%s: got %d operands in %q, want one for each function", where, n, expression)
		}
	}
	if len(sums) != 4 {
		t.Errorf("got %d sums, want two of alarms and the same two of the dashboard: %v", len(sums), sums)
	}
}

// The metric of a protocol that is not served would be an empty line.
func TestTheDashboardShowsWhatTheClientsOfEachProtocolSpend(t *testing.T) {
	for dialects, want := range map[string][]string{
		"":                       {"y-webrtc", "peerjs", "socket.io", "sip"},
		"parley,y-webrtc,peerjs": {"y-webrtc", "peerjs"},
		"peerjs":                 {"peerjs"},
		"parley":                 nil,
	} {
		settings := map[string]any{"auth": "none", "alarms": "true"}
		if dialects != "" {
			settings["dialects"] = dialects
		}
		body := dashboard(t, template(t, settings))
		var got []string
		for _, m := range regexp.MustCompile(`"Parley","Spend",[^\]]*"Dialect","([^"]*)"`).FindAllStringSubmatch(body, -1) {
			got = append(got, m[1])
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("dialects=%s: got %v, want %v", dialects, got, want)
		}
	}
}

func dashboard(t *testing.T, doc document) string {
	t.Helper()
	for _, v := range doc.resources() {
		if resource := v.(map[string]any); resource["Type"] == "AWS::CloudWatch::Dashboard" {
			return scope{t, doc, nil}.text(resource["Properties"].(map[string]any)["DashboardBody"])
		}
	}
	t.Fatal("no dashboard")
	return ""
}

// mathOf are the expressions of the template's alarms and dashboards, by where they are.
func mathOf(t *testing.T, doc document) map[string]string {
	t.Helper()
	sums := map[string]string{}
	for id, v := range doc.resources() {
		resource := v.(map[string]any)
		p, _ := resource["Properties"].(map[string]any)
		switch resource["Type"] {
		case "AWS::CloudWatch::Alarm":
			find(p["Metrics"], "Expression", id, sums)
		case "AWS::CloudWatch::Dashboard":
			var body any
			if err := json.Unmarshal([]byte(scope{t, doc, nil}.text(p["DashboardBody"])), &body); err != nil {
				t.Fatal(err)
			}
			find(body, "expression", id, sums)
		}
	}
	return sums
}

// find collects every member of that name, wherever it is.
func find(v any, name, at string, found map[string]string) {
	switch x := v.(type) {
	case []any:
		for i, item := range x {
			find(item, name, fmt.Sprint(at, " ", i), found)
		}
	case map[string]any:
		for key, item := range x {
			if text, ok := item.(string); ok && key == name {
				found[at] = text
			}
			find(item, name, at+" "+key, found)
		}
	}
}
