package infra_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/infra"
)

// longest are values of which each is as long as SAM's template allows, and takes the most room in the JSON that Lambda
// measures.
var longest = map[string]string{
	"StageName": strings.Repeat("s", 128), "Auth": "custom", "CustomRule": "on", "Host": "token", "Lobby": "off",
	"AuthSecretParameter": "/" + strings.Repeat("p", 127), "AuthJwksUrl": "https://" + strings.Repeat("k", 248),
	"AuthIssuer": strings.Repeat("i", 128), "AuthAudience": strings.Repeat("a", 128),
	"AllowedOrigins": "https://" + strings.Repeat("o", 504),
	"Dialects":       "parley, y-webrtc, peerjs, socket.io, sip", "PeerjsKey": strings.Repeat("k", 64),
	"SocketioRecipe": "/" + strings.Repeat("n", 122) + "=auto",
	"SipDomain":      strings.Repeat("d", 62) + ".d", "SipUsersParameter": "/" + strings.Repeat("p", 127),
	"SipUsers":  `{` + strings.Repeat(`"u":"p",`, 26) + `"u":"pppppppp"}`,
	"RoomSeats": "250", "Grace": "3600", "MessageRate": "10000", "MessageBurst": "100000", "JoinsPerMinute": "100000",
	"RoomsPerConnection": "250", "MaxMessage": "131072", "MaxPeerData": "102400", "HoldCandidates": "2000",
	"IceServers": `[{"urls":"stun:aaaa"` + strings.Repeat(`,"username":""`, 35) + `}]`,
	"TurnUrls":   "turn:" + strings.Repeat("t", 251), "TurnSecretParameter": "/" + strings.Repeat("p", 127), "TurnTtl": "9999999",
	"LogLevel": "debug", "Metrics": "off", "BudgetUsd": "999999999.9999",
}

func TestTheLargestSettingsOfSAMFitLambda(t *testing.T) {
	if why := (scope{t, samTemplate(t), longest}).refusal(); !strings.HasPrefix(why, "SipUsersAreInOnePlace") {
		t.Errorf("with all of them CloudFormation says %q, and is to say that some exclude each other", why)
	}
	for _, absent := range []string{"SipUsers", "SipUsersParameter"} {
		values := maps.Clone(longest)
		values[absent] = ""
		largestFit(t, values)
	}
}

// largestFit fails unless the variables of each function fit Lambda with those values.
func largestFit(t *testing.T, values map[string]string) {
	t.Helper()
	sam := samTemplate(t)
	s := scope{t, sam, values}
	parameters := sam["Parameters"].(map[string]any)
	for _, function := range []string{"ConnectFunction", "DisconnectFunction", "MessageFunction"} {
		variables := map[string]string{}
		for name, v := range variablesOf(s, function) {
			if parameter, ok := reference(v); ok && parameters[parameter] != nil {
				value, given := longest[parameter]
				if !given {
					t.Errorf("%s has no longest value here", parameter)
				}
				if why := s.disallowed(parameters[parameter].(map[string]any), value); why != "" {
					t.Errorf("%s: %s", parameter, why)
				}
				longer := value + value[max(0, len(value)-1):]
				if why := s.disallowed(parameters[parameter].(map[string]any), longer); value != "" && why == "" {
					t.Errorf("%s takes more than %d characters", parameter, len(value))
				}
			}
			variables[name] = strings.NewReplacer( // the longest that CloudFormation makes of a stack's name
				"[ConnectionsTable]", strings.Repeat("n", 128)+"-ConnectionsTable-1A2B3C4D5E6F7",
				"[MessageFunction]", strings.Repeat("f", 64), // and Lambda of a function's
				"[RoomsTable]", strings.Repeat("n", 128)+"-RoomsTable-1A2B3C4D5E6F7",
				"<AWS::StackName>", strings.Repeat("n", 128), "[SignalingApi]", "a123456789",
				"<AWS::Region>", "ap-southeast-1", "<AWS::URLSuffix>", "amazonaws.com.cn",
			).Replace(s.text(v))
		}
		if size := measured(t, variables); size > 4096 || size < 3000 {
			t.Errorf("those of %s take %d bytes, Lambda allows 4096", function, size)
		}
	}
}

// reference returns the parameter or resource that a variable is, also where it is there on a condition.
func reference(v any) (name string, ok bool) {
	one := v.(map[string]any)
	if branches, some := one["Fn::If"].([]any); some {
		one = branches[1].(map[string]any)
	}
	name, ok = one["Ref"].(string)
	return name, ok
}

// variablesOf are those of a function.
func variablesOf(s scope, function string) map[string]any {
	globals := s.doc["Globals"].(map[string]any)["Function"].(map[string]any)
	own := s.doc.resources()[function].(map[string]any)["Properties"].(map[string]any)
	return merge(globals, own)["Environment"].(map[string]any)["Variables"].(map[string]any)
}

// measured is the size of the JSON that Lambda measures.
func measured(t *testing.T, variables map[string]string) int {
	t.Helper()
	var b bytes.Buffer
	out := json.NewEncoder(&b)
	out.SetEscapeHTML(false)
	if err := out.Encode(variables); err != nil {
		t.Fatal(err)
	}
	return b.Len() - 1 // the line's end
}

func TestTheCDKMeasuresAsLambdaDoes(t *testing.T) {
	variables := map[string]string{"A": `[{"urls":["stun:a"]}]`, "B": "", "C": `a\b`, "D": strings.Repeat("x", 500)}
	if got, want := infra.EnvironmentSize(variables), measured(t, variables); got != want {
		t.Errorf("got %d, want %d", got, want)
	}
	for n, wanted := range map[int]string{
		1000: "", 4000: "the functions' variables take up to", 3000: "first those of AUTH_ISSUER",
	} {
		why := readByCDK(map[string]any{"auth": "none", "authIssuer": strings.Repeat("x", n)})
		if (why == "") != (wanted == "") || !strings.Contains(why, wanted) {
			t.Errorf("%d characters: got %q, want %s", n, why, fmt.Sprintf("%q", wanted))
		}
	}
}
