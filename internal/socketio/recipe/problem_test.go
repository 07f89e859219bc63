package recipe

import (
	"fmt"
	"strings"
	"testing"
)

func TestProblemsNameLineAndWord(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ source, want string }{
		{"", `1: the recipe is empty; it wants at least "on"`},
		{"# only words\n", "1: the recipe is empty"},
		{"- 1", "1: a recipe is an object of connect, on, leave, disconnect, and this is a list"},
		{"on: {}\nonn: {}", `2: unknown key "onn"; did you mean "on"?`},
		{"on: {}\nversion: 1", `2: unknown key "version"; there are connect, on, leave, disconnect`},
		{"on: []", `1: "on" is an object of events and their steps, and this is a list`},
		{"on: {}\non: {}", `2: "on" is here for the second time, after line 1`},
		{"on:\n  a: {emit: x}", "2: steps are a list, as in [{emit: hello}], and this is an object"},
		{"on:\n  a:", "2: steps are a list, as in [{emit: hello}], and this is empty"},
		{"on:\n  a: []\n  b|a: []", `3: the event "a" is here for the second time, after line 2`},
		{"on: {a: [{emit: x, emit: y}]}", `1: "emit" is here for the second time, after line 1`},
		{"on: {a: [], b | a: []}", `1: the event "a" is here for the second time, after line 1`},
		{"on: {a|: []}", `1: an event in "a|" has no name`},
		{`on: {"a|*": []}`, `1: "*" stands alone`},
		{"on: {disconnect: []}", `1: no client emits "disconnect"; "disconnect" is a key of the recipe, beside "on"`},
		{"on: {connection: []}", `1: no client emits "connection"; "connect" is a key of the recipe, beside "on"`},
		{"on: {newListener: []}", `1: no client can emit "newListener"`},
		{"on: {a: [emit]}", `1: a step is an object, as in {emit: hello}, and this is "emit"`},
		{"on: {a: [{}]}", "1: a step has one of join, leave, in, name, set, emit, ack, each, pair, and this one none"},
		{"on:\n  a:\n    - {emitt: x}", `3: unknown word "emitt" in a step; did you mean "emit"?`},
		{"on: {a: [{emit: x, two: others}]}", `1: unknown word "two" in a step; did you mean "to"?`},
		{"on:\n  a: [{emit: x,\n    join: r}]", `3: a step has one action, and this one both "emit" and "join"; make two steps of it`},
		{"on: {a: [{to: all}]}", `1: "to" goes with "emit", and this step has no action`},
		{"on: {a: [{join: r, args: []}]}", `1: "args" goes with "emit", and not with "join"`},
		{"on: {a: [{each: $0}]}", `1: "each" wants "do": the steps`},
		{"on: {a: [{pair: q}]}", `1: "pair" wants "do": the steps`},
		{"on: {a: [{if: [$0, =, 1], do: []}]}", `1: "do" goes with "each" or "pair", and this step has no action`},
		{"on: {a: [{emit: x, to: othres}]}", `1: unknown target "othres"; did you mean "others"?`},
		{"on: {a: [{emit: x, to: lobby}]}", `1: unknown target "lobby"; there are self, others, room, rest, all; a room or a name has to be one`},
		{"on: {a: [{emit: x, to: [others]}]}", "1: a target is one of self, others, room, rest, all, or a value, and this is a list"},
		{"on: {a: [{emit: x, to: 5}]}", "1: a target is one of self, others, room, rest, all, or a value, and this is the number 5"},
		{"on: {a: [{emit: disconnect}]}", `1: no server may emit "disconnect"`},
		{"on: {a: [{emit: }]}", "1: a name is wanted here, and this is empty"},
		{`on: {a: [{emit: ""}]}`, "1: a name is wanted here, and this is empty"},
		{"on: {a: [{join: {b: 1}}]}", "1: a name is wanted here, and this is an object"},
		{"on: {a: [{join: $others}]}", `1: a name is wanted here, and this is "$others"`},
		{"on: {a: [{join: r, max: 0}]}", `1: "max" is a number above 0, and this is the number 0`},
		{"on: {a: [{join: r, max: $0}]}", `1: "max" is a number above 0, and this is "$0"`},
		{"on: {a: [{join: r, full: {}}]}", "1: steps are a list"},
		{"on: {a: [{set: $0}]}", `1: "set" is an object, as in {set: {user: $1}}, and this is "$0"`},
		{"on: {a: [{set: {id: $0}}]}", `1: "id" is the socket's own in $roster; use another word`},
		{"on: {a: [{emit: x, args: $id}]}", `1: "args" is a list, as in [$id], and this is "$id"`},
		{"on: {a: [{ack: x}]}", `1: "ack" is a list, as in [$id], and this is "x"`},
		{"on: {a: [{each: 5, do: []}]}", `1: "each" is a list, as in [$id], and this is the number 5`},
		{"on:\n  a:\n    - emit: x\n      args: [$foo]", `4: unknown variable "$foo"; there are $0, $1, $id`},
		{"on: {a: [{emit: x, args: [$other]}]}", `1: unknown variable "$other"; did you mean "$others"?`},
		{"on: {a: [{emit: x, args: [$]}]}", `1: "$" is no variable; write "$$" for a dollar`},
		{"on: {a: [{emit: x, args: [$0..b]}]}", `1: "$0..b" has an empty part`},
		{"on: {a: [{emit: x, args: [$0.@jsn]}]}", `1: unknown part "@jsn" of "$0.@jsn"; did you mean "@json"?`},
		{"on: {a: [{emit: x, args: [$id.x]}]}", `1: "x" is not in what has no members: "$id" is a text`},
		{"on: {a: [{emit: x, args: [$others.name]}]}", `1: "name" is not in a list; its items are .0, .1 and so on, or .* for all`},
		{"on: {a: [{emit: x, args: [$others.*.name]}]}", `1: "name" is not in what has no members: "$others.*" is a text`},
		{"on: {a: [{emit: x, args: [$data.@json]}]}", `1: "@json" reads a text, and "$data" is an object`},
		{"on: {a: [{emit: x, args: [$it]}]}", `1: "$it" is the item of an "each", and this is outside of one`},
		{"connect: [{emit: x, args: [$0]}]", `1: "$0" is of an event, and in "connect" there is none`},
		{"connect: [{emit: x, args: [$others]}]", `1: "$others" means nobody here: a socket that has just connected is in no room`},
		{"connect: [{emit: x, to: room}]", `1: "room" means nobody here: a socket that has just connected is in no room`},
		{"disconnect: [{emit: x, to: others}]", `1: "others" means nobody here: a socket that has disconnected is in no room any more; put this into "leave"`},
		{"disconnect: [{emit: x}]", `1: nobody hears what goes to "self" in "disconnect"`},
		{"connect: [{ack: []}]", `1: "ack" has nothing to acknowledge in "connect"`},
		{"disconnect: [{join: r}]", `1: "join" is not possible in "disconnect": the socket may be gone, and can but emit`},
		{"on: {}\nleave:\n  - {emit: x, to: others}", `3: these steps are never run: nobody is in a room, as there is neither "join" nor "pair"`},
		{"on: {a: [{if: [1, 2], emit: x}]}", `1: "if" is a list of three, as in [$count, "=", 1], and this is a list of 2`},
		{"on: {a: [{if: $0, emit: x}]}", `1: "if" is a list of three, as in [$count, "=", 1], and this is "$0"`},
		{"on: {a: [{if: [$0, ==, 1], emit: x}]}", `1: unknown operator "=="; did you mean "="?`},
		{`on: {a: [{if: [$0, ">=", 1], emit: x}]}`, `1: unknown operator ">="; there are = != < > in`},
		{"on: {a: [{if: [$0, [], 1], emit: x}]}", "1: unknown operator a list"},
		{"on: {a: [{if: [1, =, 2], emit: x}]}", `1: "if" compares two values that are always the same`},
		{"on: {a: [{if: [$0, <, [1]], emit: x}]}", `1: "<" compares numbers, or texts, and this is a list`},
		{"on: {a: [{if: [$0, in, abc], emit: x}]}", `1: what something is "in" is a list or an object, and this is "abc"`},
		{"on: {a: [{if: [$count, >, 1], emit: x}]}", `1: this is neither YAML nor JSON: found character that cannot start any token; write ">", "@…" and "%…" in quotes`},
		{"on: {a: [{if: [$count, !=, 1], emit: x}]}", `1: "!=" is a tag to YAML; write it in quotes`},
		{"on:\n  *: []", `2: this is neither YAML nor JSON: did not find expected alphabetic or numeric character; write "*" in quotes`},
		{"on: {a: &x [], b: *x}", `1: & and * are not taken, as JSON has none; write a "*" in quotes`},
		{"on: {a: [{emit: x, args: [{$jsn: 1}]}]}", `1: unknown operator "$jsn"; did you mean "$json"?`},
		{"on: {a: [{emit: x, args: [{$json: 1, b: 2}]}]}", `1: "$json" stands alone in its object`},
		{"on: {a: [{emit: x, args: [{$cat: $0}]}]}", `1: "$cat" is a list of what is put together, and this is "$0"`},
		{"on: {a: [{emit: x, args: [{-: [a], b: 1}]}]}", `1: "-" drops members of what "..." spreads, and there is no "..."`},
		{"on: {a: [{emit: x, args: [{...: $0, -: a}]}]}", `1: "-" is a list of keys, as in "-": [to], and this is "a"`},
		{"on: {a: [{emit: x, args: [{...: $id}]}]}", `1: "..." spreads the members of an object, and this is a text`},
		{"on: {a: [{emit: x, args: [{$id: 1}]}]}", `1: unknown operator "$id"`},
		{"on: {a: [{emit: x, args: [.nan]}]}", "1: .nan is no number in JSON"},
		{"on: {}\n---\non: {}", "3: a second document begins here; a file is one"},
		{"on: {a: [", "1: this is neither YAML nor JSON: did not find expected node content"},
		{"on: {a: " + strings.Repeat("[{each: $0, do: ", 9) + "[]" + strings.Repeat("}]", 9) + "}", "1: steps in steps are more than 8"},
		{"on: {a: [{emit: x, args: " + strings.Repeat("[", 17) + strings.Repeat("]", 17) + "}]}", "1: lists and objects in each other are more than 16"},
		{"on: {a: [" + strings.Repeat("{emit: x},\n", 1025) + "]}", "1025: the recipe has more than 1024 steps"},
		{`"` + strings.Repeat("x", maxPacked), "1: this is neither YAML nor JSON"},
		{`{"on": "` + strings.Repeat("x", maxPacked) + `"}`, "1: the recipe is 262154 bytes long, the limit is 262144"},
	} {
		_, err := parse([]byte(tt.source), "r.yaml")
		if err == nil || !strings.HasPrefix(err.Error(), "r.yaml:"+tt.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%.200s\n  got  %v\n  want r.yaml:%s", tt.source, err, tt.want)
		}
	}
}

func TestAllProblemsAreToldInTheOrderOfLines(t *testing.T) {
	t.Parallel()
	_, err := parse([]byte("on:\n  a:\n    - {emit: x, to: al}\n    - {joyn: r}\n    - {emit: y, args: [$idd]}\n"), "r.yaml")
	want := "r.yaml:3: unknown target \"al\"; did you mean \"all\"?; a room or a name has to be one that the recipe itself joins or gives\n" +
		"r.yaml:4: unknown word \"joyn\" in a step; did you mean \"join\"?\n" +
		"r.yaml:5: unknown variable \"$idd\"; did you mean \"$id\"?"
	if fmt.Sprint(err) != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}
