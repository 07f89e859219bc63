package vtl_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/localdev/internal/vtl"
)

var env = vtl.Env{
	Body: []byte(`{"action":"ping","n":1.50,"text":"it's \"so\" /","list":[1,"b",{"c":true}],"empty":{}, "nul":null}`),
	Context: func(name string) any {
		switch name {
		case "connectionId":
			return "abc="
		case "requestTimeEpoch":
			return int64(1700000000123)
		case "identity":
			return map[string]string{"sourceIp": "203.0.113.7"}
		case "authorizer":
			return json.RawMessage(`{"tenant":"t1"}`)
		}
		return nil
	},
	StageVariables: map[string]string{"colour": "red"},
	Params:         map[string]string{"room": "r1"},
}

func TestRun(t *testing.T) {
	for _, tt := range []struct{ name, template, want string }{
		{"plain text", `{"statusCode": 200}`, `{"statusCode": 200}`},
		{"context", `$context.connectionId ${context.requestTimeEpoch}`, `abc= 1700000000123`},
		{"context below", `$context.identity.sourceIp/$context.authorizer.tenant`, `203.0.113.7/t1`},
		{"context that is not there", `[$context.nothing]`, `[]`},
		{"stage variables", `$stageVariables.colour$stageVariables.none.`, `red.`},
		{"body", `$input.body`, string(env.Body)},
		{"json keeps the text", `$input.json('$.n') $input.json('$.list') $input.json("$.text")`, `1.50 [1,"b",{"c":true}] "it's \"so\" /"`},
		{"path gives the value", `$input.path('$.text') $input.path('$.list[1]') $input.path('$.list[2].c') $input.path("$['n']")`, `it's "so" / b true 1.50`},
		{"path to nothing", `[$input.path('$.none')$!input.path('$.x.y')$input.json('$.none')]`, `[]`},
		{"a whole object", `$input.path('$.list')`, `[1,"b",{"c":true}]`},
		{"params", `$input.params('room')`, `r1`},
		{"escapeJavaScript", `$util.escapeJavaScript($input.path('$.text'))`, `it\'s \"so\" \/`},
		{"escapeJavaScript beyond ASCII", `$util.escapeJavaScript("ü😀")`, `\u00FC\uD83D\uDE00`},
		{"parseJson", `#set($o = $util.parseJson('{"a":[7]}'))$o.a[0]`, `7`},
		{"base64 and URLs", `$util.base64Decode($util.base64Encode('x y'))$util.urlEncode('a b')$util.urlDecode('%41')`, `x ya+bA`},
		{"set", "#set($x = 'a')\n#set( $y = \"${x}b\" )\n$x$y", `aab`},
		{"members of a set variable", `#set($b = $input.path('$'))$b.action`, `ping`},
		{"a reference to nothing stays", `$nothing ${nothing} $!nothing| $5 $`, `$nothing ${nothing} | $5 $`},
		{"text behind a reference", `$context.connectionId. $context.connectionId-x ${context.connectionId}x`, `abc=. abc=-x abc=x`},
		{"if", `#if($input.path('$.action') == 'ping')yes#{else}no#end`, `yes`},
		{"elseif", `#if(false)a#elseif($input.path('$.n') > 1)b#else c#end`, `b`},
		{"else", `#if($input.path('$.none'))a#elseif(!true)b#{else}c#end`, `c`},
		{"operators", `#if((1 + 2 * 3 == 7 && 7 / 2 == 3) and not (5 % 2 ne 1) || false)ok#end`, `ok`},
		{"comparing by word", `#if(2 gt 1 && 1 lt 2 && 2 ge 2 && 2 le 2)ok#end`, `ok`},
		{"empty object is false", `#if($input.path('$.empty'))a#{else}b#end`, `b`},
		{"foreach", `[#foreach($i in $input.path('$.list'))$i#if($foreach.hasNext),#end#end]`, `[1,b,{"c":true}]`},
		{"foreach counts", `#foreach($i in [5..3])$foreach.index:$velocityCount:$i #end`, `0:1:5 1:2:4 2:3:3 `},
		{"foreach over a map", `#foreach($k in $input.path('$').keySet())$k #end`, `action n text list empty nul `},
		{"break", `#foreach($i in [1..9])$i#if($i == 3)#break#end#end!`, `123!`},
		{"stop", `a#stop b`, `a`},
		{"lists and maps", `#set($m = {"a": [1, "x"], 'b': 2})#set($m.c = true)$m $m.a.size() $m.get('b')`, `{"a":[1,"x"],"b":2,"c":true} 2 2`},
		{"methods of strings", `#set($s = "Abc")$s.length()$s.toUpperCase()$s.contains('b')$s.substring(1,2)$s.replaceAll('[a-c]','x')`, `3ABCtruebAxx`},
		{"comments", "a## no\nb#* no\nno *#c", "abc"},
		{"a hash that is none", `#1 # {"a":"#x"}`, `#1 # {"a":"#x"}`},
		{"lines of directives leave nothing", "#if(true)\n{}\n#end\n", "{}\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			template, err := vtl.Parse(tt.template)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := template.Run(env); err != nil || got != tt.want {
				t.Errorf("got %q, %v; want %q", got, err, tt.want)
			}
		})
	}
}

func TestParseErrors(t *testing.T) {
	for template, want := range map[string]string{
		"a\n#if(true)":                   "line 2: #if without its #end",
		"#end":                           "line 1: #end without its #if or #foreach",
		"#set($x 1)":                     "line 1: want =",
		"#foreach($x of [1])#end":        "line 1: want in",
		"#if(1 +)x#end":                  "line 1: want a value",
		"#set($x = 'a)":                  "line 1: string without its end",
		strings.Repeat("#if(true)", 200): "line 1: nested too deeply",
	} {
		if _, err := vtl.Parse(template); err == nil || err.Error() != want {
			t.Errorf("%.40s: got %v, want %s", template, err, want)
		}
	}
}

func TestBounds(t *testing.T) {
	for _, text := range []string{
		`#foreach($a in [1..1000])#foreach($b in [1..1000])x#end#end`,
		`#set($s = "xxxxxxxx")#foreach($a in [1..40])#set($s = "$s$s")#end$s`,
		`#foreach($a in [1..90000])$input.body#end`,
	} {
		template, err := vtl.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if out, err := template.Run(env); !errors.Is(err, vtl.ErrTooMuch) {
			t.Errorf("%s: got %d bytes, %v; want ErrTooMuch", text, len(out), err)
		}
	}
}

func FuzzTemplate(f *testing.F) {
	for _, seed := range []string{
		`#if($input.path('$.a')=="x")$context.connectionId#{else}#set($x={"a":[1..3]})$x.a[0]#end`,
		`#foreach($i in $input.path('$'))"$util.escapeJavaScript($i)"#end`,
	} {
		f.Add(seed, `{"a":[1,{"b":"c"}]}`)
	}
	f.Fuzz(func(t *testing.T, text, body string) {
		template, err := vtl.Parse(text)
		if err != nil {
			return
		}
		bodyEnv := env
		bodyEnv.Body = []byte(body)
		_, _ = template.Run(bodyEnv) // must end, and must not panic
	})
}
