package vtl_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/localdev/internal/vtl"
)

const variables = `{"connectionId":"abc=","requestTimeEpoch":1700000000123,"identity":{"sourceIp":"203.0.113.7"},` +
	`"authorizer":{"tenant":"t1"}}`

var env = vtl.Env{
	Body: []byte(`{"action":"ping","n":1.50,"text":"it's \"so\" /","list":[1,"b",{"c":true}],"empty":{}, "nul":null,"no":false,` +
		`"deep":{"a":[{"b":1}],"s":"x"}}`),
	StageVariables: map[string]string{"colour": "red"},
	Params:         vtl.Params{Query: map[string]string{"room": "r1", "x": "a b"}, Header: map[string]string{"Host": "h", "room": "no"}},
}

func TestTemplates(t *testing.T) {
	for _, tt := range []struct{ name, template, want string }{
		{"plain text", `{"statusCode": 200}`, `{"statusCode": 200}`},
		{"context", `$context.connectionId ${context.requestTimeEpoch}`, `abc= 1700000000123`},
		{"context below", `$context.identity.sourceIp/$context.authorizer.tenant`, `203.0.113.7/t1`},
		{"context that is not there", `[$context.nothing$context.identity.apiKey$context.error.messageString]`, `[]`},
		{"context as a map", `#foreach($k in $context.identity.keySet())$k=$context.identity.get($k)#end`, `sourceIp=203.0.113.7`},
		{"maps of the context are written as nothing", `[$context.identity$context$context.get("identity")]`, `[]`},
		{"what is set in the context", `#set($context.requestOverride.path.x = "y")$context.requestOverride["path"].x`, `y`},
		{"a value of the context after the whole", `#set($context.connectionId = "x")$context.connectionId`, `x`},
		{"a value of the context before the whole", `$context.connectionId#set($context.connectionId = "x")$context.get("connectionId")`, `abc=x`},
		{"a variable in place of the context", `#set($context = {"connectionId": 1})$context.connectionId`, `1`},
		{"methods of a value of the context", `$context.connectionId.length()$context.requestTimeEpoch.toString()`, `41700000000123`},
		{"what each map has", `$context.empty`, `false`},
		{"stage variables", `$stageVariables.colour$stageVariables.none.${stageVariables['colour']}`, `red.red`},
		{"stage variables as a map", `#foreach($k in $stageVariables.keySet())$k:$stageVariables.get($k)#end`, `colour:red`},
		{"body", `$input.body`, string(env.Body)},
		{"json", `$input.json('$.n') $input.json('$.list') $input.json("$.text")`, `1.50 [1,"b",{"c":true}] "it's \"so\" /"`},
		{"json of nothing", `$input.json('$.none')`, `""`},
		{"path gives the value", `$input.path('$.text') $input.path('$.list[1]') $input.path('$.list[2].c') $input.path("$['n']")`, `it's "so" / b true 1.5`},
		{"path to nothing", `[$input.path('$.none')$!input.path('$.x.y')$input.path('$.nul')]`, `[]`},
		{"a list is written as JSON", `$input.path('$.list')`, `[1,"b",{"c":true}]`},
		{"a map is written as Java's", `$input.path('$').list[2] $input.path('$.deep')`, `{c=true} {a=[{"b":1}], s=x}`},
		{"params", `$input.params('room') $input.params('Host')$input.params('none')`, `r1 h`},
		{"params without a name", `#foreach($t in $input.params().keySet())$t#foreach($k in $input.params().get($t).keySet())-$k#end #end`, `path querystring-room-x header-Host-room `},
		{"params of one kind", `$input.params().header.get('room') $input.params().querystring.room`, `no r1`},
		{"escapeJavaScript", `$util.escapeJavaScript($input.path('$.text')).replaceAll("\\'","'")`, `it's \"so\" \/`},
		{"escapeJavaScript beyond ASCII", `$util.escapeJavaScript("ü😀")|$util.escapeJavaScript($none)|`, `\u00FC\uD83D\uDE00||`},
		{"parseJson", `#set($o = $util.parseJson('{"a":[7]}'))$o.a[0]`, `7`},
		{"parseJson of no JSON", `[$util.parseJson('x')]`, `[]`},
		{"base64 and URLs", `$util.base64Decode($util.base64Encode('x y'))$util.urlEncode('a b*~')$util.urlDecode('%41+')`, `x ya+b*%7EA `},
		{"base64 as others write it", `$util.base64Decode("eCB 5")|$util.base64Decode("Pz8_")|$util.base64Decode("")`, `x y|???|`},
		{"set", "#set($x = 'a')\n#set( $y = \"${x}b\" )\n$x$y", `aab`},
		{"members of a set variable", `#set($b = $input.path('$'))$b.action`, `ping`},
		{"what a template changes is its own", `$input.path('$').put("action","x")$input.path('$.action')`, `pingping`},
		{"a reference to nothing is empty", `[$nothing${nothing}$!nothing.x.y()$!{nothing}] $5 $`, `[] $5 $`},
		{"and equals an empty string", `#if($nothing == "")a#end#if($nothing == $null)b#end#set($x = $nothing)[$x$x.keySet()]`, `ab[]`},
		{"text behind a reference", `$context.connectionId. ${context.connectionId}-x ${context.connectionId}x`, `abc=. abc=-x abc=x`},
		{"a hyphen is part of a name", `$context.connectionId-x|`, `|`},
		{"if", `#if($input.path('$.action') == 'ping')yes#{else}no#end`, `yes`},
		{"elseif", `#if(false)a#elseif($input.path('$.n') > 1)b#else c#end`, `b`},
		{"else", `#if(!$input.path('$'))a#elseif(!true)b#{else}c#end`, `c`},
		{"a reference is true unless it is false", `#if($nothing)a#end#if($input.path('$.empty'))b#end#if($input.path('$.no'))c#end`, `ab`},
		{"operators", `#if((1 + 2 * 3 == 7 && 7 / 2 == 3) and not (5 % 2 ne 1) || false)ok#end`, `ok`},
		{"comparing by word", `#if(2 gt 1 && 1 lt 2 && 2 ge 2 && 2 le 2)ok#end`, `ok`},
		{"numbers", `#set($a = 7 / 2)$a #set($b = 7 / 2.0)$b #set($c = 2.0 * 3)$c #set($d = 10000000.0)$d`, `33.56.01.0E7`},
		{"strings are joined", `#set($a = "n" + 1)$a`, `n1`},
		{"what makes no sense is not assigned", `#set($a = 1)#set($a = 1 / 0)#set($a = "x" * 2)$a`, `1`},
		{"foreach", `[#foreach($i in $input.path('$.list'))$i#if($foreach.hasNext),#end#end]`, `[1,b,{c=true}]`},
		{"foreach counts", `#foreach($i in [5..3])$foreach.index:$foreach.count:$velocityCount:$i #end`, `0:1:1:5 1:2:2:4 2:3:3:3 `},
		{"foreach within foreach", `#foreach($i in [1,2])#foreach($j in [1,2])$foreach.parent.count$foreach.count #end#end$foreach.count`, `11 12 21 22 `},
		{"foreach over a map", `#foreach($k in $input.path('$.deep').keySet())$k #end#foreach($e in $input.path('$.deep').entrySet())$e.key:$e.value #end`, `a s a:[{"b":1}] s:x `},
		{"foreach ends after 1,000 rounds", `#foreach($i in [1..5000])#if($i == 1000)$i#end#if($i > 1000)no#end#end$i`, `1000`},
		{"break", `#foreach($i in [1..9])$i#if($i == 3)#break#end#end!`, `123!`},
		{"stop", `a#stop b`, `a`},
		{"define", `#define($loop)<#foreach($k in $map.keySet())$k#end>#end#set($map = {"a": 1})$loop#set($map = {"b": 1})$loop`, `<a><b>`},
		{"macro", `#field("a" 1),#field("b", $nothing)#macro(field $name $value)"$name": "$value"#end`, `"a": "1","b": ""`},
		{"no macro", `#nothing("a") #fff #1`, `#nothing("a") #fff #1`},
		{"lists and maps", `#set($m = {"a": [1, "x"], 'b': 2})#set($m.c = true)$m $m.a.size() $m.get('b')`, `{a=[1, x], b=2, c=true} 2 2`},
		{"deep assignment", `#set($m = {"a": {"b": [1]}})#set($m.a["c"] = 2)#set($m.a.b[0] = 3)$m`, `{a={b=[3], c=2}}`},
		{"a list that holds itself", `#set($l = [1])$l.add($l)$l #set($m = {"a": 1})#set($m.b = $m)$m`, `true[1, (this Collection)]{a=1, b=(this Map)}`},
		{"methods of lists", `#set($l = ["a"])$l.add("b") $l.set(0, "c") $l.addAll([1, 2]) $l.remove(0) $l.contains("b") $l.indexOf(2) $l.isEmpty() $l`, `true a true c true 2 false [b, 1, 2]`},
		{"methods of maps", `#set($m = {})$m.put("a", 1)|$m.put("a", 2)|$m.putAll({"z": 3})$m.containsKey("z") $m.remove("a") $m.values() $m.keySet() $m.getOrDefault("q", "d") $m.size()`, `|1|true 2 [3] [z] d 1`},
		{"methods of strings", `#set($s = "Abc")$s.length()$s.toUpperCase()$s.contains('b')$s.substring(1,2)$s.replaceAll('([b-c])','<$1>')$s.indexOf("c")$s.startsWith("A")$s.trim().isEmpty()`, `3ABCtruebA<b><c>2truefalse`},
		{"splitting", `#set($s = "a.b..")#set($p = $s.split("\."))$p.size()$p[1]`, `2b`},
		{"a string counts as Java's", `#set($s = "😀x")$s.length() $s.indexOf("x") $s.substring(2)`, `3 2 x`},
		{"static methods", `#set($Integer = 0)#set($n = $Integer.parseInt("41") + 1)$n`, `42`},
		{"comments", "a## no\nb#* no\nno *#c", "abc"},
		{"text that is left alone", `#[[$x #if]]#`, `$x #if`},
		{"escapes", `#set($x = 5)\$x \\$x \#if(true) \# \n`, `$x \5 #if(true) \# \n`},
		{"a hash that is none", `#1 # {"a":"#x"}`, `#1 # {"a":"#x"}`},
		{"lines of directives leave nothing", "#if(true)\n{}\n#end\n  #set($x = 1)\n#foreach($i in [1])\n  $i\n#end", "{}\n  1\n"},
		{"quotes in quotes", `#set($x = "say ""hi""")#set($y = 'it''s')$x $y`, `say "hi" it's`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			template, err := vtl.Parse(tt.template)
			if err != nil {
				t.Fatal(err)
			}
			env := env
			env.Context = vtl.NewContext(func() []byte { return []byte(variables) })
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
		"#if($x == null)x#end":           `line 1: Velocity has no null: compare with "", which is what a reference to nothing is`,
		"#set($x = $i -1)":               "line 1: Velocity reads -1 as a number: put a space behind the minus",
		`#parse("x")`:                    "line 1: API Gateway has no #parse",
	} {
		if _, err := vtl.Parse(template); err == nil || err.Error() != want {
			t.Errorf("%.40s: got %v, want %s", template, err, want)
		}
	}
}

func TestRunErrors(t *testing.T) {
	for text, want := range map[string]string{
		`$input.path('$.list')[7]`:            "$input.path('$.list')[7]: index 7 is out of bounds for length 3",
		`$input.path('$.text').substring(99)`: "$input.path('$.text').substring(99): begin 99, end 11 is out of bounds for length 11",
		`$input.path('$.text').reverse()`:     "$input.path('$.text').reverse(): localdev knows no method reverse of strings",
		`$util.toJson($input.path('$'))`:      "$util.toJson($input.path('$')): API Gateway has no $util.toJson",
		`$input.path('$.a[')`:                 "$input.path('$.a['): JSONPath $.a[: want an index, a name in quotes, * or a filter behind [",
	} {
		template, err := vtl.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if out, err := template.Run(env); err == nil || err.Error() != want {
			t.Errorf("%s: got %q, %v; want %s", text, out, err, want)
		}
	}
}

func TestJSONPath(t *testing.T) {
	store := vtl.Env{Body: []byte(`{"books":[{"t":"A","p":8,"isbn":"1"},{"t":"B","p":12.5},{"t":"C","p":9}],"max":10,"a b":{"x":[1,2,3]}}`)}
	for path, want := range map[string]string{
		`$.books[0].t`:                       `"A"`,
		`$.books[-1].t`:                      `"C"`,
		`$.books[*].t`:                       `["A","B","C"]`,
		`$..t`:                               `["A","B","C"]`,
		`$.books[0:2].t`:                     `["A","B"]`,
		`$.books[1:].t`:                      `["B","C"]`,
		`$.books[0,2].t`:                     `["A","C"]`,
		`$['a b']["x"][1]`:                   `2`,
		`$['max','none']`:                    `{"max":10}`,
		`$.books[0]['t','p']`:                `{"t":"A","p":8}`,
		`$.books.length()`:                   `3`,
		`$.books[?(@.isbn)].t`:               `["A"]`,
		`$.books[?(!@.isbn)].t`:              `["B","C"]`,
		`$.books[?(@.p < 10)].t`:             `["A","C"]`,
		`$.books[?(@.p > $.max)].t`:          `["B"]`,
		`$.books[?(@.t == 'A' || @.p==9)].t`: `["A","C"]`,
		`$.books[?(@.p<10 && @.t!="A")].t`:   `["C"]`,
		`$.books[?(@.t =~ /[bc]/i)].t`:       `["B","C"]`,
		`$.books[?(@.p > 99)]`:               `[]`,
		`books[1].p`:                         `12.5`,
		`$.*.x`:                              `[[1,2,3]]`,
		`$..x[0]`:                            `[1]`,
		`$.none[*].x`:                        `[]`,
		`$.none.x`:                           `""`,
		`$`:                                  string(store.Body),
	} {
		template, err := vtl.Parse(`$input.json("` + strings.ReplaceAll(path, `"`, `""`) + `")`)
		if strings.Contains(path, "$.max") || strings.HasPrefix(path, "$") {
			template, err = vtl.Parse(`$input.json('` + strings.ReplaceAll(path, `'`, `''`) + `')`)
		}
		if err != nil {
			t.Fatal(err)
		}
		if got, err := template.Run(store); err != nil || got != want {
			t.Errorf("%s: got %s, %v; want %s", path, got, err, want)
		}
	}
}

// TestPlainPaths: a path from member to member finds what one finds that reads all of the document.
func TestPlainPaths(t *testing.T) {
	template, err := vtl.Parse(`$input.json('$.a.b')|$input.path("$['a'].b")|$input.json('$.a')`)
	if err != nil {
		t.Fatal(err)
	}
	for body, want := range map[string]string{
		` {"a": {"b": [1, {"c": "\u00e9\/"}] } } `: `[1,{"c":"é/"}]|[1,{"c":"é/"}]|{"b":[1,{"c":"é/"}]}`,
		`{"a":{"b":1.50},"a":{"b":2.50}}`:          `2.50|2.5|{"b":2.50}`,
		`{"\u0061":{"b":null}}`:                    `null||{"b":null}`,
		`{"a":[{"b":1}]}`:                          `""||[{"b":1}]`,
		`{"a":"x"}`:                                `""||"x"`,
		`{"b":1}`:                                  `""||""`,
		`[{"a":{"b":1}}]`:                          `""||""`,
		`null`:                                     `""||""`,
		`{"a":{"b":1}`:                             `""||""`,
		``:                                         `""||""`,
	} {
		got, err := template.Run(vtl.Env{Body: []byte(body)})
		if got != want || err != nil {
			t.Errorf("%s: got %s, %v; want %s", body, got, err, want)
		}
	}
}

// TestBounds: what a template does with what clients send has an end, soon.
func TestBounds(t *testing.T) {
	for _, text := range []string{
		`#foreach($a in [1..1000])#foreach($b in [1..1000])x#end#end`,
		`#set($s = "xxxxxxxx")#foreach($a in [1..40])#set($s = "$s$s")#end$s`,
		`#foreach($a in [1..900])#foreach($b in [1..900])$input.body#end#end`,
		`#define($x)$x#end$x`,
		`#define($x)$y$y#end#define($y)$x$x#end$x`,
		`#macro(m)#m()#end#m()`,
		`#set($l = [])#foreach($i in [1..40])#set($l = [$l, $l])#end$l`,
		`#set($l = [1])#foreach($a in [1..900])$l.addAll($l)#end`,
		`#set($l = [1..90000])#foreach($a in [1..900])#foreach($b in [1..900])$l.contains(0)#end#end`,
		`#set($x = [1..1000000000])`,
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
		`#macro(m $a)$a#end#m("x")#define($d)\\$x \#if#end$d$input.json('$..b[?(@.c > 1 && @["d"] =~ /x/)]')`,
		`#foreach($e in $input.path('$').entrySet())$e.key.replaceAll("(a)","$1").split(",")[0].substring(0)#break#end#stop`,
		`#set($m = {"a": [1]})#set($m.b[0] = $m)$m.a.addAll($m.a)$input.params().header.get("Host")$context.identity`,
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
