package infra_test

import "strings"

// trial is what somebody sets, and who does not see that it is good or bad, with the reason.
type trial struct {
	set  []string // names and values in turns, as the CDK's app has them
	good bool

	samRefuses    string // a good one
	samTakes      string // a bad one
	functionsTake string // likewise
	functionsFail string // with a good one
}

// keys is a URL where nobody is, and nobody has to be.
const keys = "https://127.0.0.1:1/keys"

const (
	notTheirs = "the functions do not read it"
	atRuntime = "SSM tells the functions when they start"
	atStart   = "only who packs knows what is packed: functions/message loads it when it starts"
	byLambda  = "it is Lambda that refuses variables over 4 KB"
)

func good(set ...string) trial { return trial{set: set, good: true} }

func bad(set ...string) trial { return trial{set: set} }

// unseen is a bad one that the functions do not see.
func unseen(why string, set ...string) trial { return trial{set: set, functionsTake: why} }

var trials = []trial{
	// Who may connect.
	good("auth", "none"),
	bad("auth", "basic"),
	bad("auth", "jwt"),
	{
		set: []string{"auth", "custom", "customRule", "true"}, good: true,
		functionsFail: "there is no rule here: only who wrote it can say that there is one",
	},
	bad("auth", "custom"),
	bad("auth", "custom", "customRule", "false"),
	unseen(notTheirs, "customRule", "maybe"),
	good("auth", "jwt", "authSecretParameter", "/app/secret"),
	bad("auth", "jwt", "authSecretParameter", "/app/secret", "authJwksUrl", keys),
	unseen(atRuntime, "auth", "jwt", "authSecretParameter", "s3cret"),
	unseen(atRuntime, "auth", "jwt", "authSecretParameter", "/app/a secret"),
	good("auth", "jwt", "authJwksUrl", keys),
	bad("auth", "jwt", "authJwksUrl", "http://example.org/keys"),
	bad("auth", "jwt", "authJwksUrl", "https://"),
	bad("auth", "jwt", "authJwksUrl", "https://example.org/%zz"),
	bad("auth", "jwt", "authJwksUrl", "example.org"),
	good("auth", "jwt", "authJwksUrl", keys, "authIssuer", "https://issuer.example/", "authAudience", "parley"),
	unseen(byLambda, "auth", "jwt", "authJwksUrl", keys, "authIssuer", strings.Repeat("x", 3000)),
	unseen(byLambda, "auth", "jwt", "authJwksUrl", keys, "authAudience", strings.Repeat("x", 3000)),
	good("host", "first"),
	good("host", "token"),
	bad("host", "last"),
	good("lobby", "true", "host", "first"),
	good("lobby", "true", "auth", "jwt", "authSecretParameter", "/app/secret"),
	good("lobby", "false"), good("lobby", "on", "host", "first"), good("lobby", "off"),
	bad("lobby", "true"), bad("lobby", "on"),
	bad("lobby", "true", "host", "token"),
	bad("lobby", "maybe"),
	good("allowedOrigins", "https://a.example"),
	good("allowedOrigins", "http://127.0.0.1:8080 , https://b.example:8443"),
	bad("allowedOrigins", "example.org"),
	bad("allowedOrigins", "https://example.org/"),
	bad("allowedOrigins", "https://example.org?x"),
	bad("allowedOrigins", "https://example.org#x"),
	bad("allowedOrigins", "https://me@example.org"),
	bad("allowedOrigins", "https://example.org/page"),
	bad("allowedOrigins", "https://"),
	bad("allowedOrigins", "https://example.org:http"),
	bad("allowedOrigins", "*"),
	{
		set: []string{"allowedOrigins", "http://[::1]:8080"}, good: true,
		samRefuses: "a pattern short enough to be read, and that takes addresses of IPv6, takes what is none as well",
	},
	unseen(byLambda, "allowedOrigins", "https://a.example"+strings.Repeat(",https://another.example", 150)),

	// Protocols.
	good("dialects", ""), good("dialects", "parley"), good("dialects", "peerjs"), good("dialects", "y-webrtc, peerjs"),
	good("dialects", "parley,y-webrtc,peerjs"), good("dialects", "parley,peerjs"), good("dialects", "parley, y-webrtc"),
	bad("dialects", "sips"), bad("dialects", "PeerJS"), bad("dialects", "parley y-webrtc"), bad("dialects", "peerjs,peerjs"),
	bad("dialects", "parley,y-webrtc,parley"), bad("dialects", "sip,sip"),
	good("dialects", "socket.io"), good("dialects", "parley,y-webrtc, peerjs,socket.io"),
	good("dialects", "sip"), good("dialects", "socket.io, sip"), good("dialects", "parley,y-webrtc,peerjs,socket.io,sip"),
	bad("dialects", "socket-io"), bad("dialects", "socket.io,socket.io"),
	{
		set: []string{"dialects", "peerjs,parley"}, good: true,
		samRefuses: "a pattern that takes each name once takes them in one order, or is as long as there are orders",
	},
	good("heartbeats", "lambda"), good("heartbeats", "mock"), good("heartbeats", "mock", "dialects", "parley"),
	unseen(notTheirs, "heartbeats", "http"), unseen(notTheirs, "heartbeats", "MOCK"),
	good("peerjsKey", ""), good("peerjsKey", "my-app_2.0~"), good("peerjsKey", strings.Repeat("k", 64)),
	bad("peerjsKey", "a b"), bad("peerjsKey", "a/b"), bad("peerjsKey", "schlüssel"), bad("peerjsKey", strings.Repeat("k", 257)),
	{
		set: []string{"peerjsKey", strings.Repeat("k", 256)}, good: true,
		samRefuses: "all variables have to fit into 4 KB together, whatever the others are",
	},
	good("socketioRecipe", ""), good("socketioRecipe", "none"), good("socketioRecipe", " group "),
	good("socketioRecipe", "/=group"), good("socketioRecipe", "/a/b-c_d~e.f=lobby , /=auto,*=none"),
	good("socketioRecipe", "/=group,/=lobby"), // the later counts
	bad("socketioRecipe", "my recipe"), bad("socketioRecipe", "../group"), bad("socketioRecipe", "-group"),
	bad("socketioRecipe", "group,lobby"), bad("socketioRecipe", "/=group,lobby"), bad("socketioRecipe", "/=group,"),
	bad("socketioRecipe", "chat=group"), bad("socketioRecipe", "/c?t=group"), bad("socketioRecipe", "/="),
	bad("socketioRecipe", "/=a=b"), bad("socketioRecipe", strings.Repeat("n", 65)),
	bad("socketioRecipe", "/"+strings.Repeat("n", 510)+"=group"),
	{set: []string{"socketioRecipe", "nowhere"}, functionsTake: atStart, samTakes: atStart},
	{set: []string{"socketioRecipe", "/=group,*=nowhere"}, functionsTake: atStart, samTakes: atStart},
	{
		set: []string{"socketioRecipe", "/" + strings.Repeat("n", 200) + "=group"}, good: true,
		samRefuses: "all variables have to fit into 4 KB together, whatever the others are",
	},
	good("sipDomain", ""), good("sipDomain", "calls.example"), good("sipDomain", "Calls-2.example.org"),
	bad("sipDomain", "sip:calls.example"), bad("sipDomain", "calls.example:5060"), bad("sipDomain", "alice@calls.example"),
	bad("sipDomain", "calls..example"), bad("sipDomain", "calls example"), bad("sipDomain", "-calls.example"),
	bad("sipDomain", strings.Repeat("d", 64)),
	{
		set: []string{"sipDomain", strings.Repeat("d", 60) + strings.Repeat(".calls", 20)}, good: true,
		samRefuses: "all variables have to fit into 4 KB together, whatever the others are",
	},
	good("sipUsers", ""), bad("sipUsers", "{}"), good("sipUsers", `{"alice":"a password"}`),
	good("sipUsers", `{ "alice" : "a:b,c" , "bob_2.0" : "{}" }`),
	good("sipUsers", `{"alice":"ha1:MD5=0123456789abcdef0123456789abcdef"}`, "sipDomain", "calls.example"),
	bad("sipUsers", "alice:secret"), bad("sipUsers", `["alice"]`), bad("sipUsers", `{"alice":5}`),
	bad("sipUsers", `{"alice":""}`),
	bad("sipUsers", `{"alice":"secret",}`), bad("sipUsers", `{"alice":"secret"}}`), bad("sipUsers", `{"":"secret"}`),
	bad("sipUsers", `{"alice@calls.example":"secret"}`), bad("sipUsers", `{"al ice":"secret"}`),
	bad("sipUsers", `{"alice":"`+strings.Repeat("p", 129)+`"}`),
	bad("sipUsers", `{"`+strings.Repeat("a", 65)+`":"secret"}`),
	{set: []string{"sipUsers", `{"alice":"one","alice":"two"}`}, samTakes: "a pattern has no memory"},
	{set: []string{"sipUsers", `{"alice":"ha1:5"}`, "sipDomain", "calls.example"}, samTakes: "to a pattern it is a password"},
	{
		set:      []string{"sipUsers", `{"alice":"ha1:MD5=0123456789abcdef0123456789abcdef"}`},
		samTakes: "a pattern sees no other parameter, and a rule no part of a text",
	},
	{
		set: []string{"sipUsers", `{"alice":"a \"quoted\" word"}`}, good: true,
		samRefuses: "a pattern is no grammar of JSON: it takes no escapes",
	},
	{
		set: []string{"sipUsers", `{"alice":"` + strings.Repeat("p", 105) + `","bob":"` + strings.Repeat("p", 105) + `"}`}, good: true,
		samRefuses: "all variables have to fit into 4 KB together, whatever the others are",
	},
	good("sipUsersParameter", "/app/sip"), good("sipUsersParameter", "/app/sip", "dialects", "peerjs"),
	unseen(atRuntime, "sipUsersParameter", "sip users"),
	bad("sipUsers", `{"alice":"secret"}`, "sipUsersParameter", "/app/sip"),

	// Rooms and connections.
	good("seats", "1"), good("seats", "250"), bad("seats", "251"), bad("seats", "16.5"), bad("seats", "0"),
	bad("seats", "many"),
	good("grace", "0"), good("grace", "3600"), bad("grace", "3601"), bad("grace", "-1"), bad("grace", "2.5"),
	bad("grace", "30s"),
	good("messageRate", "0"), good("messageRate", "10000"), bad("messageRate", "10001"), bad("messageRate", "0.5"),
	bad("messageRate", "-1"),
	good("messageBurst", "1"), good("messageBurst", "100000"), bad("messageBurst", "100001"),
	bad("messageBurst", "0"), bad("messageBurst", "1e3"),
	good("joinsPerMinute", "0"), good("joinsPerMinute", "100000"), bad("joinsPerMinute", "100001"),
	bad("joinsPerMinute", "1/s"),
	good("roomsPerConnection", "0"), good("roomsPerConnection", "250"), bad("roomsPerConnection", "251"),
	bad("roomsPerConnection", "1.5"),
	good("maxMessage", "0"), good("maxMessage", "131072"), bad("maxMessage", "131073"), bad("maxMessage", "128 KB"),
	good("maxPeerData", "0"), good("maxPeerData", "102400"), bad("maxPeerData", "102401"),
	bad("maxPeerData", "4 KB"),
	good("holdCandidates", "0"), good("holdCandidates", "2000"), bad("holdCandidates", "2001"),
	bad("holdCandidates", "0.25"),

	// ICE.
	good("iceServers", "[]"),
	good("iceServers", `[{"urls":"stun:a"}, {"urls": ["turn:b", "turn:c"], "username": "u", "credential": "p"}]`),
	bad("iceServers", "stun:a"), bad("iceServers", `{"urls":"stun:a"}`), bad("iceServers", `[{"urls":["stun:a"]}`),
	bad("iceServers", `[{"urls":["stun:a"]},]`), bad("iceServers", `[{"urls":["stun:a",]}]`),
	bad("iceServers", `[{'urls':['stun:a']}]`),
	bad("iceServers", `[{"urls":[]}]`), bad("iceServers", `[{"urls":5}]`), bad("iceServers", `[{"url":"stun:a"}]`),
	bad("iceServers", `[{}]`), bad("iceServers", `[{"urls":null}]`), bad("iceServers", `[{"urls":["http://x"]}]`),
	bad("iceServers", `[{"urls":"a"}]`), bad("iceServers", `[{"urls":""}]`), bad("iceServers", `[{"urls":"stun:"}]`),
	bad("iceServers", `[{"urls":["stun:a","stun://b"]}]`), bad("iceServers", `[{"urls":"stun:a?transport=udp"}]`),
	good("iceServers", `[{"urls":["stuns:a:5349","turns:a:443?transport=tcp"],"username":"u","credential":"p"}]`),
	good("iceServers", `[{"urls":"turn:a","username":"u","credential":"p","credentialType":"password"}, {"urls":"stun:b"}]`),
	bad("iceServers", `[{"urls":"turn:a"}]`), bad("iceServers", `[{"urls":"stun:a"},{"urls":["stun:a","turns:a"]}]`),
	bad("iceServers", `[{"urls":"turn:a","username":"u"}]`), bad("iceServers", `[{"urls":["turn:a"],"credential":"p"}]`),
	bad("iceServers", `[{"urls":"turn:a","username":"","credential":"p"}]`),
	bad("iceServers", `[{"urls":"turn:a","username":"u","credential":""}]`),
	bad("iceServers", `[{"urls":"turn://a","username":"u","credential":"p"}]`),
	bad("iceServers", `[{"urls":"turn:a?transport=tls","username":"u","credential":"p"}]`),
	bad("iceServers", `[1]`), bad("iceServers", `[{"urls":["stun:a"],"username":5}]`), bad("iceServers", `[]]`),
	{
		set: []string{"iceServers", `[{"username":"u","credential":"p","urls":"turn:a"}]`}, good: true,
		samRefuses: "a pattern has no memory: urls come first, or it could not see that they are there",
	},
	{
		set: []string{"iceServers", `[{"urls":"turn:a","credential":"p","username":"u"}]`}, good: true,
		samRefuses: "nor that both are there, if they came in any order",
	},
	{
		set: []string{"iceServers", `[{"urls":"stun:[::1]:3478"}]`}, good: true,
		samRefuses: "addresses of IPv6 would make a long pattern longer by half",
	},
	{
		set: []string{"iceServers", `[{"urls":"turn:a","username":"a\"b","credential":"p"}]`}, good: true,
		samRefuses: "a pattern is no grammar of JSON: it takes no escapes",
	},
	{
		set: []string{"iceServers", "[\n  {\"urls\": \"stun:a\"}\n]"}, good: true,
		samRefuses: "a pattern is no grammar of JSON: it takes one line",
	},
	unseen(byLambda, "iceServers", `[{"urls":["stun:a`+strings.Repeat(`","stun:another.example`, 150)+`"]}]`),
	good("turnUrls", "turn:a", "turnSecretParameter", "/app/turn"),
	good("turnUrls", "turn:a:3478?transport=udp, turns:b", "turnSecretParameter", "/app/turn"),
	good("turnUrls", "turn:[::1]:3478", "turnSecretParameter", "/app/turn"),
	bad("turnUrls", "turn:a"), bad("turnUrls", "stun:a", "turnSecretParameter", "/app/turn"),
	bad("turnUrls", "turn://a", "turnSecretParameter", "/app/turn"),
	bad("turnUrls", "turn:a,turn:b?transport=tls", "turnSecretParameter", "/app/turn"),
	unseen("it lends nothing then", "turnSecretParameter", "/app/turn"),
	unseen(atRuntime, "turnUrls", "turn:a", "turnSecretParameter", "turn secret"),
	unseen(byLambda, "turnSecretParameter", "/app/turn", "turnUrls", strings.Repeat("turn:another.example,", 180)+"turn:a"),
	good("turnTtl", "60"), good("turnTtl", "9999999"), bad("turnTtl", "0"), bad("turnTtl", "1h"),
	bad("turnTtl", "90.5"),
	unseen("a credential that ends before a call has begun is for them one like others", "turnTtl", "59"),
	unseen("nor is one that lasts for years", "turnTtl", "10000000"),

	// Operations.
	good("stage", "live"), good("stage", "a_b-C1"),
	unseen(notTheirs, "stage", "a/b"), unseen(notTheirs, "stage", "$default"),
	unseen(notTheirs, "stage", strings.Repeat("s", 129)),
	good("frontDoor", "true"), good("frontDoor", "false"), good("frontDoor", "on"), good("frontDoor", "off"),
	unseen(notTheirs, "frontDoor", "maybe"),
	good("throttleRate", "0", "throttleBurst", "0"), good("throttleRate", "0"), good("throttleBurst", "0"),
	good("throttleRate", "100", "throttleBurst", "200"), good("throttleRate", "0.5", "throttleBurst", "1"),
	unseen(notTheirs, "throttleRate", "5"), unseen(notTheirs, "throttleBurst", "5"),
	unseen(notTheirs, "throttleRate", "0.0", "throttleBurst", "5"),
	unseen(notTheirs, "throttleRate", "5", "throttleBurst", "0"),
	unseen(notTheirs, "throttleRate", "0", "throttleBurst", "5"),
	unseen(notTheirs, "throttleRate", "5", "throttleBurst", "2.5"),
	unseen(notTheirs, "throttleRate", "Inf", "throttleBurst", "5"),
	good("reservedConcurrency", "0"), good("reservedConcurrency", "99999"),
	unseen(notTheirs, "reservedConcurrency", "100000"), unseen(notTheirs, "reservedConcurrency", "-1"),
	unseen(notTheirs, "reservedConcurrency", "1.5"),
	good("memory", "128"), good("memory", "10240"),
	unseen(notTheirs, "memory", "127"), unseen(notTheirs, "memory", "10241"), unseen(notTheirs, "memory", "128.5"),
	good("logLevel", "debug"), good("logLevel", "error"), bad("logLevel", "loud"),
	good("logDays", "7"), unseen(notTheirs, "logDays", "0"), unseen(notTheirs, "logDays", "many"),
	{
		set: []string{"logDays", "8"}, good: true,
		samRefuses: "the CDK's app takes the next that CloudWatch offers, a template can only list them",
	},
	good("metrics", "true"), good("metrics", "false"), good("metrics", "on"), good("metrics", "off"),
	bad("metrics", "maybe"),
	good("budgetUsd", "20"), good("budgetUsd", "7.50"), good("budgetUsd", "0.5"),
	bad("budgetUsd", "-1"), bad("budgetUsd", "$5"), bad("budgetUsd", "NaN"), bad("budgetUsd", "Inf"),
	bad("budgetUsd", strings.Repeat("9", 400)),
	good("xray", "true"), good("xray", "false"), good("xray", "on"), good("xray", "off"),
	unseen(notTheirs, "xray", "maybe"),
}

// parameter is the setting's name in SAM's template, and what a value is called there.
func parameter(name, value string) (string, string) {
	switch name {
	case "seats":
		return "RoomSeats", value
	case "stage":
		return "StageName", value
	case "xray":
		words := strings.NewReplacer("true", "Active", "on", "Active", "false", "PassThrough", "off", "PassThrough")
		return "Tracing", words.Replace(value)
	case "lobby", "metrics", "customRule", "frontDoor":
		value = strings.NewReplacer("true", "on", "false", "off").Replace(value)
	}
	return strings.ToUpper(name[:1]) + name[1:], value
}
