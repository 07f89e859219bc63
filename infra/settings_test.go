package infra_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestWrongSettingsAreNamed(t *testing.T) {
	for _, tt := range []struct {
		context map[string]any
		want    string
	}{
		{map[string]any{"auht": "jwt"}, "there is no setting auht"},
		{map[string]any{"auth": "basic"}, `auth "basic": want none, jwt or custom`},
		{map[string]any{"auth": "jwt"}, "want either authSecretParameter or authJwksUrl"},
		{map[string]any{"auth": "jwt", "authJwksUrl": "http://example.org"}, "want an https URL"},
		{map[string]any{"auth": "jwt", "authSecretParameter": "s3cret"}, "want the name of an SSM parameter"},
		{map[string]any{"auth": "none", "allowedOrigins": "example.org"}, `allowedOrigins "example.org"`},
		{map[string]any{"auth": "none", "host": "last"}, `host "last"`},
		{map[string]any{"auth": "none", "lobby": "true"}, "lobby: nobody could let others in"},
		{map[string]any{"auth": "none", "seats": 0.0}, "seats: \"0\": want a whole number above 0"},
		{map[string]any{"auth": "none", "heartbeats": "http"}, `heartbeats "http": want lambda or mock`},
		{map[string]any{"auth": "none", "socketioRecipe": "/chat=nowhere"}, `there is no recipe "nowhere"`},
		{map[string]any{"auth": "none", "socketioRecipe": "my recipe"}, `socketioRecipe "my recipe"`},
		{map[string]any{"auth": "none", "messageRate": "-1"}, "messageRate: \"-1\""},
		{map[string]any{"auth": "none", "messageBurst": "0"}, "messageBurst: \"0\""},
		{map[string]any{"auth": "none", "roomsPerConnection": "251"}, "roomsPerConnection 251: want at most 250"},
		{map[string]any{"auth": "none", "holdCandidates": 2001.0}, "holdCandidates 2001"},
		{map[string]any{"auth": "none", "sipDomain": "calls.example:5060"}, "sipDomain \"calls.example:5060\": want a host"},
		{map[string]any{"auth": "none", "sipUsers": "alice:secret"}, "sipUsers: want a JSON object of names and their passwords"},
		{map[string]any{"auth": "none", "sipUsers": `{"a":"b"}`, "sipUsersParameter": "/app/sip"}, "want one of them, not both"},
		{map[string]any{"auth": "none", "sipUsersParameter": "secret"}, "sipUsersParameter \"secret\": want the name of an SSM parameter"},
		{map[string]any{"auth": "none", "turnTtl": "59"}, "turnTtl 59s"},
		{map[string]any{"auth": "none", "throttleRate": "-1"}, "throttleRate: \"-1\": want a number above 0, or 0"},
		{map[string]any{"auth": "none", "seats": "many"}, `seats: "many": want a whole number`},
		{map[string]any{"auth": "none", "seats": 251.0}, "seats 251"},
		{map[string]any{"auth": "none", "grace": "-1"}, "grace"},
		{map[string]any{"auth": "none", "iceServers": "stun:a"}, "iceServers"},
		{map[string]any{"auth": "none", "turnUrls": "turn:a"}, "turnUrls and turnSecretParameter"},
		{map[string]any{"auth": "none", "throttleRate": "5"}, "throttleRate and throttleBurst"},
		{map[string]any{"auth": "none", "memory": 64.0}, "memory 64"},
		{map[string]any{"auth": "none", "logLevel": "loud"}, "logLevel"},
		{map[string]any{"auth": "none", "xray": "maybe"}, `xray: "maybe": want true or false, or on or off`},
		{map[string]any{"auth": "none", "tags": "a"}, "want NAME=VALUE"},
		{map[string]any{"auth": "none", "domainName": "signal.example.org"}, "certificateArn"},
		{map[string]any{"auth": "none", "alarms": "true", "alarmEmail": "nobody"}, `alarmEmail "nobody": want an e-mail address`},
		{map[string]any{"auth": "none", "alarmEmail": "a@example.org"}, "alarmEmail: there is no alarm to tell of: want alarms=true"},
		{map[string]any{"auth": "none", "alarms": "true", "metrics": "false"}, "none with metrics=false"},
		{map[string]any{"auth": "none", "budgetUsd": "-3"}, "budgetUsd: \"-3\""},
	} {
		if _, err := synth(t, tt.context); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v: got %v, want …%s…", tt.context, err, tt.want)
		}
	}
}

// SAM's template says on and off where the CDK says true and false, and 0 for a rate that is not there.
func TestTheWordsOfSAMMeanTheSameToTheCDK(t *testing.T) {
	for words, same := range map[string]map[string]any{
		"lobby=on": {"lobby": "true"}, "lobby=off": {"lobby": "false"},
		"frontDoor=on": {"frontDoor": "true"}, "frontDoor=off": {"frontDoor": "false"},
		"metrics=on": {"metrics": "true"}, "metrics=off": {"metrics": "false"},
		"throttleRate=0": {}, "throttleBurst=0": {},
	} {
		name, value, _ := strings.Cut(words, "=")
		given := map[string]any{name: value}
		for _, context := range []map[string]any{given, same} {
			context["auth"], context["host"] = "none", "first" // so that a lobby has a host
		}
		if d := diff(read(t, template(t, same), nil), read(t, template(t, given), nil)); len(d) > 0 {
			t.Errorf("%s is not %v: %v", words, same, d)
		}
	}
}

func TestAStackWithoutAuthIsNotDeployedByAccident(t *testing.T) {
	doc := template(t, nil)
	parameter, ok := doc["Parameters"].(map[string]any)["EverybodyMayConnect"].(map[string]any)
	if _, hasDefault := parameter["Default"]; !ok || hasDefault {
		t.Errorf("got %v, want a parameter that CloudFormation has to be given", parameter)
	}
	if _, asked := template(t, map[string]any{"auth": "none"})["Parameters"].(map[string]any)["EverybodyMayConnect"]; asked {
		t.Error("whoever says none is asked again")
	}
}

func TestADomainIsMappedAtItsRoot(t *testing.T) {
	doc := template(t, map[string]any{
		"auth": "none", "domainName": "signal.example.org", "certificateArn": "arn:aws:acm:us-east-1:1:certificate/x", "hostedZoneId": "Z1", "zoneName": "example.org",
	})
	kinds := map[string]map[string]any{}
	for _, v := range doc.resources() {
		resource := v.(map[string]any)
		kinds[resource["Type"].(string)], _ = resource["Properties"].(map[string]any)
	}
	mapping := kinds["AWS::ApiGatewayV2::ApiMapping"]
	if _, key := mapping["ApiMappingKey"]; mapping == nil || key || kinds["AWS::Route53::RecordSet"]["Name"] != "signal.example.org." {
		t.Errorf("got the mapping %v and the record %v", mapping, kinds["AWS::Route53::RecordSet"])
	}
	if url := doc["Outputs"].(map[string]any)["Url"].(map[string]any)["Value"]; url != "wss://signal.example.org" {
		t.Errorf("got the URL %v", url)
	}
}

// The functions read what the templates set, by the same names.
func TestEveryVariableThatTheFunctionsReadIsSet(t *testing.T) {
	set := map[string]bool{}
	for _, settings := range []map[string]any{
		everything.cdk, {"auth": "jwt", "authJwksUrl": "https://example.org/keys", "sipUsers": `{"alice":"secret"}`},
	} {
		for name := range read(t, template(t, settings), nil) {
			_, variable, _ := strings.Cut(name, " ") // of a function
			set[variable] = true
		}
	}
	elsewhere := []string{
		"AUTH_SECRET", "TURN_SECRET", // for localdev; on AWS a parameter holds the secret
		"LAMBDA_TASK_ROOT", // Lambda sets it
	}
	files, err := filepath.Glob("../internal/app/*.go")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`env\("([A-Z_]+)"\)`).FindAllStringSubmatch(string(source), -1) {
			n++
			if !set[m[1]] && !slices.Contains(elsewhere, m[1]) && !strings.HasPrefix(m[1], "AWS_") { // Lambda sets those
				t.Errorf("%s reads %s, which the templates do not set", file, m[1])
			}
		}
	}
	if n < 12 {
		t.Errorf("only %d variables were found", n)
	}
}
