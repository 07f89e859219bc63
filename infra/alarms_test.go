package infra_test

import (
	"fmt"
	"slices"
	"testing"
)

// publishing is somebody who wants to publish to the topic of the alarms.
type publishing struct {
	service, account string // principal, and who it acts for
	tls              bool
}

func TestAlarmsMayPublishToTheirTopic(t *testing.T) {
	doc := template(t, map[string]any{"auth": "none", "alarms": "true", "alarmEmail": "a@example.org"})
	const here = "<AWS::AccountId>"
	for _, tt := range []struct {
		who  publishing
		want bool
	}{
		{publishing{"cloudwatch.amazonaws.com", here, true}, true},
		{publishing{"cloudwatch.amazonaws.com", here, false}, false},
		{publishing{"cloudwatch.amazonaws.com", "111122223333", true}, false},
		{publishing{"events.amazonaws.com", here, true}, false},
		{publishing{"", "111122223333", true}, false},
	} {
		if got := mayPublish(t, doc, tt.who); got != tt.want {
			t.Errorf("%+v: got %v, want %v", tt.who, got, tt.want)
		}
	}
	topics, alarms := map[string]bool{}, 0
	for id, v := range doc.resources() {
		switch resource := v.(map[string]any); resource["Type"] {
		case "AWS::SNS::Topic":
			topics["["+id+"]"] = true
		case "AWS::CloudWatch::Alarm":
			alarms++
		}
	}
	for id, v := range doc.resources() {
		resource := v.(map[string]any)
		if resource["Type"] != "AWS::CloudWatch::Alarm" {
			continue
		}
		for _, list := range []string{"AlarmActions", "OKActions"} {
			actions := many(scope{t, doc, nil}.eval(resource["Properties"].(map[string]any)[list]))
			if !slices.ContainsFunc(actions, func(a string) bool { return topics[a] }) {
				t.Errorf("%s tells nobody: %v", id, actions)
			}
		}
	}
	if len(topics) != 1 || alarms == 0 {
		t.Errorf("got %d topics and %d alarms", len(topics), alarms)
	}
}

// mayPublish decides as AWS does: a Deny that fits ends it, and without an Allow that fits nobody may. The account's own
// identities are left out, as the policy of a topic is all that a service's principal goes by.
func mayPublish(t *testing.T, doc document, who publishing) bool {
	t.Helper()
	allowed := false
	policies := 0
	for _, v := range doc.resources() {
		resource := v.(map[string]any)
		if resource["Type"] != "AWS::SNS::TopicPolicy" {
			continue
		}
		policies++
		p := scope{t, doc, nil}.eval(resource["Properties"]).(map[string]any)
		for _, one := range p["PolicyDocument"].(map[string]any)["Statement"].([]any) {
			statement := one.(map[string]any)
			if !slices.Contains(many(statement["Action"]), "sns:Publish") || !fits(t, statement, who) ||
				!slices.Contains(many(p["Topics"]), fmt.Sprint(statement["Resource"])) {
				continue
			}
			if statement["Effect"] == "Deny" {
				return false
			}
			allowed = true
		}
	}
	if policies != 1 {
		t.Fatalf("the topic has %d policies", policies)
	}
	return allowed
}

func fits(t *testing.T, statement map[string]any, who publishing) bool {
	t.Helper()
	if principal, some := statement["Principal"].(map[string]any); some {
		if everybody := principal["AWS"] == "*"; !everybody && principal["Service"] != who.service {
			return false
		}
	} else if statement["Principal"] != "*" {
		t.Fatalf("this test does not know the principal %v", statement["Principal"])
	}
	conditions, _ := statement["Condition"].(map[string]any)
	for operator, keys := range conditions {
		for key, want := range keys.(map[string]any) {
			has := map[string]string{
				"StringEquals aws:SourceAccount": who.account, "Bool aws:SecureTransport": fmt.Sprint(who.tls),
			}
			got, known := has[operator+" "+key]
			if !known {
				t.Fatalf("this test does not know the condition %s %s", operator, key)
			}
			if fmt.Sprint(want) != got {
				return false
			}
		}
	}
	return true
}
