package yamljson_test

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/parley-rtc/parley/localdev/yamljson"
)

func TestConvert(t *testing.T) {
	for source, want := range map[string]string{
		"":                                "null\n",
		"# nothing\n":                     "null\n",
		"a":                               "\"a\"\n",
		"{\n\t\"a\": \"\\u00e9\\/\"}":     "{\n\t\"a\": \"\\u00e9\\/\"}",
		"a: 1\nb:\n  - x\n  - {y: <&>}\n": "{\"a\":1,\n\"b\":\n[\"x\",\n{\"y\":\"<&>\"}]}\n",
		"# x\n\n- |\n  one\n  two\n- 3":   "\n\n[\"one\\ntwo\\n\",\n\n\n3]\n",
		"[yes, true, ~, null, '', 1.50, +7, 0x10, 1_000, 1e3, 2001-01-01, \"1\"]": `["yes",true,null,null,"",1.50,7,16,1000,1e3,"2001-01-01","1"]` + "\n",
		"a: 1\na: 2\n1: true": "{\"a\":1,\n\"a\":2,\n\"1\":true}\n",
		"x: 'é\u2028'":        "{\"x\":\"é\\u2028\"}\n",
	} {
		if got, err := yamljson.Convert([]byte(source)); err != nil || string(got) != want {
			t.Errorf("%q\n got %q, %v\nwant %q", source, got, err, want)
		}
	}
}

func TestWhatJSONHasNot(t *testing.T) {
	for source, want := range map[string]string{
		"a: &x 1":           `1: & and * are not taken`,
		"b: 1\na: [*x]":     `1: this is neither YAML nor JSON: unknown anchor 'x' referenced`,
		"&x a: 1":           `1: & and * are not taken`,
		"a: 1\nb: !!str 2":  `2: "!!str" is a tag to YAML; write it in quotes`,
		"a: [!=, 1]":        `1: "!=" is a tag to YAML; write it in quotes`,
		"a: .nan":           `1: .nan is no number in JSON; write it in quotes if it is a text`,
		"a: 1\n---\nb: 2":   `3: a second document begins here; a file is one`,
		"{[a]: 1}":          `1: a key is a word, and this is a list`,
		"{{a: b}: 1}":       `1: a key is a word, and this is an object`,
		"a: 1\n*: 2":        `2: this is neither YAML nor JSON: did not find expected alphabetic or numeric character; write "*" in quotes`,
		"a: [>, 1]":         `1: this is neither YAML nor JSON: found character that cannot start any token; write ">"`,
		"a:\n\t- b":         `2: this is neither YAML nor JSON: found character that cannot start any token`,
		`{"a": 1} {"b": 2}`: `1: this is neither YAML nor JSON`,
		"a: 1\n---\n- a: [": `3: this is neither YAML nor JSON`,
	} {
		_, err := yamljson.Convert([]byte(source))
		if wrong, ok := errors.AsType[*yamljson.Error](err); !ok || !strings.HasPrefix(wrong.Error(), want) {
			t.Errorf("%q: got %v, want %s", source, err, want)
		}
	}
}

// FuzzConvert compares what becomes of a text with what YAML means by it, and where each value is.
func FuzzConvert(f *testing.F) {
	for _, seed := range []string{
		"", "a: 1\nb:\n  - x\n  - {y: z}\n", "- |\n  one\n\n  two\n-\n  - 3", "{\"a\": [1e400, -0]}", "a: >\n  b\nc: 'd\n\n  e'", "? a\n: b", "[,]", "<<: {a: 1}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		got, err := yamljson.Convert(source)
		if err != nil || json.Valid(source) {
			return
		}
		var root yaml.Node
		if yaml.Unmarshal(source, &root) != nil || len(root.Content) == 0 {
			return
		}
		dec := json.NewDecoder(strings.NewReader(string(got)))
		dec.UseNumber()
		c := comparison{t: t, dec: dec, text: string(got)}
		c.value(root.Content[0])
		if t.Failed() {
			t.Fatalf("%q became %q", source, got)
		}
	})
}

type comparison struct {
	t    *testing.T
	dec  *json.Decoder
	text string
	line int // the last one of YAML's: some nodes have that of what comes after them
}

func (c *comparison) token(n *yaml.Node) json.Token {
	token, err := c.dec.Token()
	if err != nil {
		c.t.Fatal(err)
	}
	c.line = max(c.line, n.Line)
	if line := 1 + strings.Count(c.text[:c.dec.InputOffset()], "\n"); line != c.line {
		c.t.Errorf("%v is in line %d, and was in %d", token, line, c.line)
	}
	return token
}

func (c *comparison) value(n *yaml.Node) {
	got := c.token(n)
	switch n.Kind {
	case yaml.MappingNode, yaml.SequenceNode:
		for _, item := range n.Content {
			if !c.dec.More() {
				c.t.Fatal("there is less in it")
			}
			c.value(item)
		}
		if _, end := got.(json.Delim); c.dec.More() || !end {
			c.t.Fatal("there is more in it")
		}
		_, _ = c.dec.Token()
		return
	}
	var want any
	if n.ShortTag() == "!!timestamp" || n.ShortTag() == "!!merge" || n.ShortTag() == "!!str" {
		want = n.Value
	} else if err := n.Decode(&want); err != nil {
		c.t.Fatal(err)
	}
	if number, ok := got.(json.Number); ok {
		x, err := number.Float64()
		var y float64
		if wrong := n.Decode(&y); err == nil && wrong == nil && (x == y || math.Abs(x-y) < 1e-9*math.Abs(x)) || err != nil {
			return
		}
	}
	if text, ok := got.(string); ok && text == n.Value { // also the keys that are no texts to YAML
		return
	}
	if !reflect.DeepEqual(got, want) {
		c.t.Errorf("got %#v, want %#v", got, want)
	}
}
