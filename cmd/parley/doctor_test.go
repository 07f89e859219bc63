package main

import (
	"bytes"
	"flag"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/pion/logging"
	"github.com/pion/turn/v4"

	"github.com/parley-rtc/parley/cmd/parley/internal/doctor"
	"github.com/parley-rtc/parley/cmd/parley/internal/local"
	"github.com/parley-rtc/parley/cmd/parley/internal/token"
	"github.com/parley-rtc/parley/localdev/emulator"
)

const (
	secret = "a secret of these tests, of 32 bytes or more"

	patience = 2 * time.Minute  // for what must come; a busy machine may take long
	silence  = 10 * time.Second // for what does not come
)

// TestMain has many tests run at once: most of them wait until the doctor expects no more answer.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "12"); err != nil {
		panic(err) //nolint:forbidigo // there is no test yet that could fail
	}
	m.Run()
}

// starting is held by who starts a service: the first one builds the functions for all.
var starting sync.Mutex

// startService starts Parley in localdev and returns its URL.
func startService(t *testing.T, options func(*emulator.Options)) string {
	t.Helper()
	opt := emulator.Options{
		Template: "../../template.yaml", Env: map[string]string{"ICE_SERVERS": "[]"}, Parameters: map[string]string{},
		Log:    slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError})),
		Output: t.Output(),
	}
	if options != nil {
		options(&opt)
	}
	starting.Lock()
	defer starting.Unlock()
	e, err := emulator.Start(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e.APIs[0].URL
}

// parley runs the command and returns its exit code, standard output and standard error.
func parley(t *testing.T, args ...string) (int, string, string) {
	t.Helper()
	var out, complaints bytes.Buffer
	code := run(t.Context(), args, strings.NewReader(""), &out, &complaints)
	return code, out.String(), complaints.String()
}

func env(pairs ...string) func(*emulator.Options) {
	return func(o *emulator.Options) {
		for i := 0; i < len(pairs); i += 2 {
			o.Env[pairs[i]] = pairs[i+1]
		}
	}
}

// turnServer is one on loopback whose secret is that.
func turnServer(t *testing.T, secret string) string {
	t.Helper()
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	loggers := &logging.DefaultLoggerFactory{DefaultLogLevel: logging.LogLevelDisabled}
	server, err := turn.NewServer(turn.ServerConfig{
		Realm: "parley", AuthHandler: turn.LongTermTURNRESTAuthHandler(secret, loggers.NewLogger("turn")), LoggerFactory: loggers,
		PacketConnConfigs: []turn.PacketConnConfig{{
			PacketConn: conn, RelayAddressGenerator: &turn.RelayAddressGeneratorStatic{RelayAddress: net.IPv4(127, 0, 0, 1), Address: "127.0.0.1"},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	return conn.LocalAddr().String()
}

func mint(t *testing.T, key string, ttl time.Duration, rooms ...string) string {
	t.Helper()
	minted, err := token.Mint(token.Claims{
		RegisteredClaims: jwt.RegisteredClaims{Subject: "doctor", ExpiresAt: jwt.NewNumericDate(time.Now().Add(ttl))}, Peer: "doctor-*", Rooms: rooms,
	}, []byte(key))
	if err != nil {
		t.Fatal(err)
	}
	return minted
}

// changed is the template with a change, in a folder of its own that shares what is built and
// fetched for the template.
func changed(t *testing.T, old, with string) func(*emulator.Options) {
	t.Helper()
	raw, err := os.ReadFile("../../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(raw), old, with, 1)
	if text == string(raw) {
		t.Fatalf("the template has no %q", old)
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	text = strings.ReplaceAll(text, "GoPackage: functions/", "GoPackage: "+root+"/functions/")
	folder := t.TempDir()
	for _, shared := range []string{".localdev", "localdev"} {
		if err := os.MkdirAll(filepath.Join(root, shared), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(filepath.Join(root, shared), filepath.Join(folder, shared)); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(folder, "template.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return func(o *emulator.Options) { o.Template = path }
}

func TestDoctorNamesWhatIsBroken(t *testing.T) {
	t.Parallel()
	jwtMode := env("AUTH", "jwt", "AUTH_SECRET", secret)
	const nowhere = "127.0.0.1:1" // no port that somebody else may be given
	good := turnServer(t, "turn secret")
	weather := func(rule string) func(*emulator.Options) {
		return func(o *emulator.Options) {
			o.Weather = filepath.Join(t.TempDir(), "weather.yaml")
			if err := os.WriteFile(o.Weather, []byte("rules:\n  - "+rule+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	share := func(executions, rule string) func(*emulator.Options) {
		return func(o *emulator.Options) {
			o.Parameters["ReservedConcurrency"] = executions
			if rule != "" {
				weather(rule)(o)
			}
		}
	}
	ownServer := func(u string) string { return `io("` + u + `")` }
	chat := func(u string) string {
		return `io("` + strings.TrimSuffix(u, "prod") + `chat", { path: "/prod", addTrailingSlash: false, transports: ["websocket"] })`
	}
	for _, tt := range []struct {
		name    string
		options func(*emulator.Options)
		args    []string // behind the URL
		url     func(string) string
		setting string
		words   string
		silent  bool // nothing answers
	}{
		{name: "nothing is there", url: func(string) string { return "ws://" + nowhere + "/prod" }, setting: "address", words: "refused"},
		{name: "the stage is another", options: func(o *emulator.Options) { o.NoFront = true }, url: func(u string) string { return strings.Replace(u, "/prod", "/dev", 1) }, setting: "stage"},
		{name: "the URL is that of pushes", url: func(u string) string { return u + "/@connections" }, setting: "address", words: "management"},
		{name: "the URL is https", url: func(u string) string { return strings.Replace(u, "ws", "https", 1) }, setting: "address", words: "clients speak WebSocket"},
		{name: "the endpoint has no stage", options: env("AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI", "https://wrong.execute-api.us-east-1.amazonaws.com"), setting: "endpoint", words: "AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI", silent: true},
		{name: "the endpoint is nowhere", options: env("AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI", "http://"+nowhere+"/prod"), setting: "endpoint", words: "AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI", silent: true},
		{name: "the endpoint is wss", options: env("AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI", "wss://"+nowhere+"/prod"), setting: "endpoint", words: "not wss", silent: true},
		{name: "a table is missing", options: func(o *emulator.Options) { o.Env["ROOMS_TABLE"], o.Permissive = "no-such-table", true }, setting: "table", words: "ROOMS_TABLE"},
		{name: "a table is another", options: env("ROOMS_TABLE", "no-such-table"), setting: "permission", words: "correct CONNECTIONS_TABLE or ROOMS_TABLE"},
		{name: "a variable is wrong", options: env("ROOM_SEATS", "none"), setting: "variable", words: "ROOM_SEATS"},
		{name: "there is no route for messages", options: changed(t, "        $default:\n          FunctionArn: !GetAtt MessageFunction.Arn\n", ""), setting: "route", words: "$default"},
		{name: "the function crashes", options: weather("{fault: crash, function: message}"), setting: "crash"},
		{name: "the function takes too long", options: weather("{fault: timeout, function: message, delay: 10ms}"), setting: "time-out", words: "timed out"},
		{name: "the stage lets nobody in", options: func(o *emulator.Options) { o.Parameters["ThrottleRate"], o.Parameters["ThrottleBurst"] = "0.01", "1" }, setting: "throttling", words: "429"},
		{name: "the functions may run one at a time", options: share("1", ""), setting: "concurrency", words: "as many as it may"},
		{name: "a burst is more than the functions may run", options: share("2", "{fault: push-slow, delay: 500ms}"), setting: "concurrency", words: "as many as it may"},
		{name: "a page that may not", options: env("ALLOWED_ORIGINS", "https://app.example"), args: []string{"--origin", "https://evil.example"}, setting: "origin", words: "ALLOWED_ORIGINS"},
		{name: "no protocol whose clients are greeted", options: env("DIALECTS", "parley"), args: []string{"--peerjs", "peerjs"}, setting: "greeting", words: "DIALECTS", silent: true},
		{name: "a template of before there were greetings", options: env("MESSAGE_FUNCTION", ""), args: []string{"--peerjs", "peerjs"}, setting: "message function", words: "MESSAGE_FUNCTION"},
		{name: "a function that is not there is to greet", options: env("MESSAGE_FUNCTION", "nobody"), args: []string{"--peerjs", "peerjs"}, setting: "message function", words: "MESSAGE_FUNCTION"},
		{name: "another key of PeerJS", options: env("PEERJS_KEY", "another"), args: []string{"--peerjs", "peerjs"}, setting: "PeerJS key", words: "PEERJS_KEY"},
		{name: "Socket.IO is not served", options: env("DIALECTS", "parley"), args: []string{"--socketio"}, setting: "greeting", words: "have socket.io", silent: true},
		{name: "a client of Socket.IO that was made for its own server", options: func(o *emulator.Options) { o.NoFront = true }, url: ownServer, args: []string{"--socketio"}, setting: "path, transports of io()", words: `{ path: "/prod", addTrailingSlash: false, transports: ["websocket"] })`},
		{name: "a namespace that is not served", options: env("SOCKETIO_RECIPE", "/=auto"), url: chat, args: []string{"--socketio"}, setting: "namespace", words: "/chat is not served"},
		{name: "SIP is not served", options: env("DIALECTS", "parley"), args: []string{"--sip", "sip:alice@calls.example"}, setting: "dialects", words: "have sip"},
		{name: "SIP has another domain", options: env("SIP_DOMAIN", "phones.example"), args: []string{"--sip", "sip:alice@calls.example"}, setting: "SIP domain", words: "SIP_DOMAIN"},
		{name: "no token", options: jwtMode, setting: "token", words: "AUTH=jwt"},
		{name: "a token of another secret", options: jwtMode, args: []string{"--token", mint(t, strings.Repeat("x", 32), time.Hour, "*")}, setting: "token secret"},
		{name: "a token that has expired", options: jwtMode, args: []string{"--token", mint(t, secret, -time.Hour, "*")}, setting: "token", words: "expired"},
		{name: "a token for another room", options: jwtMode, args: []string{"--token", mint(t, secret, time.Hour, "team-*"), "--room", "other"}, setting: "token", words: "does not name the room"},
		{name: "a TURN server that is not there", options: env("TURN_URLS", "turn:"+nowhere, "TURN_SECRET", "turn secret"), setting: "TURN server", words: nowhere},
		{name: "a TURN server with another secret", options: env("TURN_URLS", "turn:"+good, "TURN_SECRET", "another secret"), setting: "TURN secret", words: "static-auth-secret"},
		{name: "a TURN server with another credential", options: env("ICE_SERVERS", `[{"urls":"turn:`+good+`","username":"u","credential":"p"}]`), setting: "TURN credential", words: "iceServers (ICE_SERVERS)"},
		{name: "a STUN server that is not there", options: env("ICE_SERVERS", `[{"urls":"stun:`+nowhere+`"}]`), setting: "STUN server", words: nowhere},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			url := startService(t, tt.options)
			if tt.url != nil {
				url = tt.url(url)
			}
			limit := patience
			if tt.silent {
				limit = silence
			}
			examine := func() (int, string, string) {
				return parley(t, append([]string{"doctor", url, "--timeout", limit.String()}, tt.args...)...)
			}
			code, out, complaints := examine()
			if limit < patience && !strings.Contains(out, "broken: "+tt.setting+"\n") {
				// What comes before the silence was too slow for it.
				limit = patience
				code, out, complaints = examine()
			}
			if code != exitProblem || !strings.Contains(out, "broken: "+tt.setting+"\n") || !strings.Contains(out, tt.words) {
				t.Errorf("got %d, want %q broken and %q\n%s%s", code, tt.setting, tt.words, out, complaints)
			}
			for i, arg := range tt.args {
				if arg == "--token" && strings.Contains(out+complaints, tt.args[i+1]) {
					t.Error("the token is printed")
				}
			}
		})
	}
}

func TestDoctorFindsNothingWrongWhereNothingIs(t *testing.T) {
	good := turnServer(t, "turn secret")
	url := startService(t, func(o *emulator.Options) {
		env("AUTH", "jwt", "AUTH_SECRET", secret, "ALLOWED_ORIGINS", "https://app.example",
			"TURN_URLS", "turn:"+good, "TURN_SECRET", "turn secret", "ICE_SERVERS", `[{"urls":"stun:`+good+`"}]`)(o)
	})
	code, out, complaints := parley(t, "doctor", url, "--token", mint(t, secret, time.Hour, "team-*"), "--origin", "https://app.example",
		"--peerjs", mint(t, secret, time.Hour, "team-*"), "--socketio", "--sip", "sip:doctor-phone@calls.example", "--timeout", patience.String())
	if code != 0 || strings.Contains(out, "FAIL") || strings.Count(out, "ok  ") != 15 {
		t.Errorf("got %d\n%s%s", code, out, complaints)
	}
}

func TestDoctorNoticesAWrongClock(t *testing.T) {
	url := startService(t, nil)
	for offset, words := range map[time.Duration]string{3 * time.Minute: "ahead of", -3 * time.Minute: "behind"} {
		var said []doctor.Finding
		healthy := doctor.Examine(t.Context(), doctor.Options{
			URL: url, Timeout: patience, Logs: local.Find(t.Context(), url), Now: func() time.Time { return time.Now().Add(offset) },
		}, func(f doctor.Finding) { said = append(said, f) })
		found := false
		for _, f := range said {
			found = found || f.Setting == "clock" && strings.Contains(f.Detail, words)
		}
		if healthy || !found {
			t.Errorf("%v: got %+v", offset, said)
		}
	}
}

// TestDoctorNamesThePermissionThatIsMissing takes one after the other out of the template, as an edit of it might.
func TestDoctorNamesThePermissionThatIsMissing(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		function, statement string // of the template
		action, resource    string
	}{
		{"Connect", "Action: dynamodb:PutItem", "dynamodb:PutItem", "table/localdev-ConnectionsTable"},
		{"Disconnect", "Action: dynamodb:DeleteItem", "dynamodb:DeleteItem", "table/localdev-ConnectionsTable"},
		{"Disconnect", "Action: dynamodb:UpdateItem", "dynamodb:UpdateItem", "table/localdev-RoomsTable"},
		{"Disconnect", "Action: execute-api:ManageConnections", "execute-api:ManageConnections", "/prod/POST/@connections/"},
		{"Message", "                  - dynamodb:GetItem\n                  - dynamodb:UpdateItem\n                Resource: !GetAtt ConnectionsTable.Arn", "dynamodb:UpdateItem", "table/localdev-ConnectionsTable"},
		{"Message", "                  - dynamodb:GetItem\n                  - dynamodb:PutItem\n                  - dynamodb:UpdateItem\n                Resource: !GetAtt RoomsTable.Arn", "dynamodb:UpdateItem", "table/localdev-RoomsTable"},
		{"Message", "                  - dynamodb:GetItem\n                  - dynamodb:PutItem\n                  - dynamodb:UpdateItem\n                Resource: !GetAtt RoomsTable.Arn", "dynamodb:GetItem", "table/localdev-RoomsTable"},
		{"Message", "                  - dynamodb:GetItem\n                  - dynamodb:PutItem\n                  - dynamodb:UpdateItem\n                Resource: !GetAtt RoomsTable.Arn", "dynamodb:PutItem", "table/localdev-RoomsTable"},
		{"Message", "Action: execute-api:ManageConnections", "execute-api:ManageConnections", "/prod/POST/@connections/"},
		{"Connect", "Action: lambda:InvokeFunction", "lambda:InvokeFunction", "function:localdev-MessageFunction"},
	} {
		t.Run(tt.function+" "+tt.action+" "+tt.resource, func(t *testing.T) {
			t.Parallel()
			raw, err := os.ReadFile("../../template.yaml")
			if err != nil {
				t.Fatal(err)
			}
			_, own, _ := strings.Cut(string(raw), "\n  "+tt.function+"Role:\n")
			from := strings.Index(own, tt.statement)
			if from < 0 {
				t.Fatalf("%s has no %q", tt.function, tt.statement)
			}
			with := strings.Replace(tt.statement, tt.action, "dynamodb:DescribeTable", 1)
			broken := "\n  " + tt.function + "Role:\n" + own[:from]
			url := startService(t, changed(t, broken+tt.statement, broken+with))
			code, out, complaints := parley(t, "doctor", url, "--peerjs", "peerjs", "--timeout", silence.String())
			if !strings.Contains(out, "broken: permission\n") { // likewise
				code, out, complaints = parley(t, "doctor", url, "--peerjs", "peerjs", "--timeout", patience.String())
			}
			if code != exitProblem || !strings.Contains(out, "broken: permission\n") {
				t.Fatalf("got %d\n%s%s", code, out, complaints)
			}
			for _, want := range []string{"localdev-" + tt.function + "Function may not do " + tt.action + " on arn:aws:", tt.resource, "allow " + tt.action + " on arn:aws:"} {
				if !strings.Contains(out, want) {
					t.Errorf("it does not say %s\n%s", want, out)
				}
			}
		})
	}
}
