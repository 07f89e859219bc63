package infra_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// settings that both templates are given, by the names that each has for them.
var everything = struct {
	cdk map[string]any
	sam map[string]string
}{
	map[string]any{
		"auth": "jwt", "authSecretParameter": "/app/secret", "authIssuer": "us", "authAudience": "parley", "host": "first", "lobby": "true",
		"allowedOrigins": "https://a.example,https://b.example", "seats": "8", "grace": "60", "iceServers": "[]", "turnUrls": "turn:a", "turnSecretParameter": "/app/turn",
		"turnTtl": "600", "stage": "live", "throttleRate": "100", "throttleBurst": "200", "memory": "512", "logLevel": "debug", "logDays": "7",
		"metrics": "false", "budgetUsd": "12.5", "xray": "true", "reservedConcurrency": "20", "frontDoor": "true",
		"messageRate": "9", "messageBurst": "90", "joinsPerMinute": "0", "roomsPerConnection": "3", "maxMessage": "9000", "maxPeerData": "900", "holdCandidates": "0",
		"dialects": "y-webrtc,peerjs,socket.io,sip", "sipDomain": "calls.example", "sipUsersParameter": "/app/sip",
		"peerjsKey": "mine", "socketioRecipe": "/=group,*=none", "heartbeats": "mock",
	},
	map[string]string{
		"Auth": "jwt", "AuthSecretParameter": "/app/secret", "AuthIssuer": "us", "AuthAudience": "parley", "Host": "first", "Lobby": "on",
		"AllowedOrigins": "https://a.example,https://b.example", "RoomSeats": "8", "Grace": "60", "IceServers": "[]", "TurnUrls": "turn:a", "TurnSecretParameter": "/app/turn",
		"TurnTtl": "600", "StageName": "live", "ThrottleRate": "100", "ThrottleBurst": "200", "Memory": "512", "LogLevel": "debug", "LogDays": "7",
		"Metrics": "off", "BudgetUsd": "12.5", "Tracing": "Active", "ReservedConcurrency": "20", "FrontDoor": "on",
		"MessageRate": "9", "MessageBurst": "90", "JoinsPerMinute": "0", "RoomsPerConnection": "3", "MaxMessage": "9000", "MaxPeerData": "900", "HoldCandidates": "0",
		"Dialects": "y-webrtc,peerjs,socket.io,sip", "SipDomain": "calls.example", "SipUsersParameter": "/app/sip",
		"PeerjsKey": "mine", "SocketioRecipe": "/=group,*=none", "Heartbeats": "mock",
	},
}

func samTemplate(t *testing.T) document {
	t.Helper()
	raw, err := os.ReadFile("../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return fromYAML(t, raw)
}

func TestBothTemplatesMakeTheSame(t *testing.T) {
	for name, tt := range map[string]struct {
		cdk map[string]any
		sam map[string]string
	}{
		"by default":     {map[string]any{"auth": "none"}, map[string]string{"Auth": "none"}},
		"with all there": {everything.cdk, everything.sam},
		"without anybody to greet": {
			map[string]any{"auth": "none", "dialects": "parley,y-webrtc", "peerjsKey": "mine"},
			map[string]string{"Auth": "none", "Dialects": "parley,y-webrtc", "PeerjsKey": "mine"},
		},
		"with users of SIP in a setting": {
			map[string]any{"auth": "none", "dialects": "sip", "sipUsers": `{"alice":"secret"}`},
			map[string]string{"Auth": "none", "Dialects": "sip", "SipUsers": `{"alice":"secret"}`},
		},
		"with settings of SIP, which is not served": {
			map[string]any{"auth": "none", "dialects": "peerjs", "sipDomain": "calls.example", "sipUsersParameter": "/app/sip"},
			map[string]string{"Auth": "none", "Dialects": "peerjs", "SipDomain": "calls.example", "SipUsersParameter": "/app/sip"},
		},
		"with heartbeats settled by API Gateway": {
			map[string]any{"auth": "none", "heartbeats": "mock"}, map[string]string{"Auth": "none", "Heartbeats": "mock"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			cdk := read(t, template(t, tt.cdk), nil)
			sam := read(t, samTemplate(t), tt.sam)
			if len(cdk) < 60 {
				t.Fatalf("only %d facts: %v", len(cdk), cdk)
			}
			report(t, "template.yaml", cdk, sam)
			if transformed, ok := transform(t, tt.sam); ok {
				report(t, "template.yaml after SAM's transform", cdk, read(t, transformed, tt.sam))
			}
		})
	}
}

// Whoever serves nobody who waits to be greeted has none of what that takes, by neither template; and what one protocol
// alone needs is there with it alone.
func TestWhatAProtocolTakesIsThereWithIt(t *testing.T) {
	const greets = "asynchronous events.FunctionName, connect MESSAGE_FUNCTION, connect may lambda:InvokeFunction <message>.Arn"
	const peerjs = "connect PEERJS_KEY"
	const socketio = "disconnect SOCKETIO_RECIPE, message SOCKETIO_RECIPE, " +
		"disconnect may dynamodb:GetItem <connectionstable>.Arn, disconnect may dynamodb:UpdateItem <connectionstable>.Arn, " +
		"disconnect may dynamodb:GetItem <roomstable>.Arn, message may dynamodb:DeleteItem <connectionstable>.Arn"
	const sip = "message SIP_DOMAIN, message SIP_USERS_PARAMETER, " +
		"message may ssm:GetParameter arn:<AWS::Partition>:ssm:<AWS::Region>:<AWS::AccountId>:parameter/app/sip"
	const admits = "message may ssm:GetParameter arn:<AWS::Partition>:ssm:<AWS::Region>:<AWS::AccountId>:parameter/app/secret"
	ofProtocols := func(f facts) string {
		var names []string
		for name := range f {
			for _, all := range []string{greets, peerjs, socketio, sip, admits} {
				if slices.Contains(strings.Split(all, ", "), name) {
					names = append(names, name)
				}
			}
		}
		slices.Sort(names)
		return strings.Join(names, ", ")
	}
	for _, tt := range []struct {
		dialects, auth string
		want           []string
	}{
		{"parley", "jwt", nil},
		{"parley,y-webrtc", "none", nil},
		{"y-webrtc", "jwt", nil},
		{"peerjs", "jwt", []string{greets, peerjs}},
		{"y-webrtc,socket.io", "none", []string{greets, socketio}},
		{"socket.io", "jwt", []string{greets, socketio, admits}},
		{"sip", "jwt", []string{sip}},
		{"", "none", []string{greets, peerjs, socketio, sip}},
		{"", "jwt", []string{greets, peerjs, socketio, sip, admits}},
	} {
		want := strings.Split(strings.Join(tt.want, ", "), ", ")
		slices.Sort(want)
		for who, f := range map[string]facts{
			"infra": read(t, template(t, map[string]any{
				"auth": tt.auth, "authSecretParameter": "/app/secret", "dialects": tt.dialects,
				"sipDomain": "calls.example", "sipUsersParameter": "/app/sip",
			}), nil),
			"template.yaml": read(t, samTemplate(t), map[string]string{
				"Auth": tt.auth, "AuthSecretParameter": "/app/secret", "Dialects": tt.dialects,
				"SipDomain": "calls.example", "SipUsersParameter": "/app/sip",
			}),
		} {
			if got := ofProtocols(f); got != strings.Join(want, ", ") {
				t.Errorf("%s with %+v: got %s", who, tt, got)
			}
		}
	}
}

// API Gateway settles the heartbeats of the protocols that are served, where it is asked to, and has
// one way to choose a route else.
func TestHeartbeatsHaveRoutesWhereTheyAreMocked(t *testing.T) {
	ofRoutes := func(f facts) string {
		list := []string{f["api.RouteSelectionExpression"]}
		for name, value := range f {
			if key, route := strings.CutPrefix(name, "route "); route && strings.HasPrefix(value, "MOCK") {
				list = append(list, key)
			}
		}
		slices.Sort(list[1:])
		return strings.Join(list, " ")
	}
	const byAction, compound = "$request.body.action", "${request.body.action}only${request.body.type}"
	for _, tt := range []struct{ heartbeats, dialects, want string }{
		{"lambda", "", byAction},
		{"mock", "", compound + " onlyHEARTBEAT onlyping"},
		{"mock", "parley,y-webrtc,peerjs", compound + " onlyHEARTBEAT onlyping"},
		{"mock", "parley,y-webrtc", compound + " onlyping"},
		{"mock", "peerjs", compound + " onlyHEARTBEAT"},
		{"mock", "parley", compound},
	} {
		for who, f := range map[string]facts{
			"infra":         read(t, template(t, map[string]any{"auth": "none", "heartbeats": tt.heartbeats, "dialects": tt.dialects}), nil),
			"template.yaml": read(t, samTemplate(t), map[string]string{"Auth": "none", "Heartbeats": tt.heartbeats, "Dialects": tt.dialects}),
		} {
			if got := ofRoutes(f); got != tt.want {
				t.Errorf("%s with %+v: got %q", who, tt, got)
			}
		}
	}
}

func report(t *testing.T, other string, cdk, sam facts) {
	t.Helper()
	if d := diff(sameService(cdk), sameService(sam)); len(d) > 0 {
		t.Errorf("the stack of infra (first) and %s (second) differ:\n  %s", other, strings.Join(d, "\n  "))
	}
}

// sameService: the CDK knows the name of the stack, SAM's template asks for it.
func sameService(f facts) facts {
	for name, value := range f {
		if (name == "api.Name" || strings.HasSuffix(name, " SERVICE")) && (value == "Parley" || value == "<AWS::StackName>") {
			f[name] = "the stack's name"
		}
	}
	return f
}

// transform runs SAM's own translator over the template, where Python has it: on other machines the template is read as it is.
func transform(t *testing.T, values map[string]string) (document, bool) {
	t.Helper()
	if exec.CommandContext(t.Context(), "python3", "-c", "import samtranslator").Run() != nil {
		t.Log("python3 has no samtranslator: template.yaml was compared without its transform")
		return nil, false
	}
	given, err := json.Marshal(values)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "python3", "testdata/transform.py", "../template.yaml", string(given))
	cmd.Env = append(os.Environ(), "AWS_DEFAULT_REGION=us-east-1")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("SAM's translator: %v", err)
	}
	return fromJSON(t, out), true
}
