package weather

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"
)

// Forecast is a weather file: a seed and rules.
type Forecast struct {
	Seed  uint64
	seed  bool // it was given
	Rules []Rule
}

// Error is what is wrong with a weather file. Its text is file:line: message.
type Error struct {
	Path string // "" for what did not come from a file
	Line int
	Msg  string
}

func (e *Error) Error() string {
	if e.Path == "" {
		return fmt.Sprintf("line %d: %s", e.Line, e.Msg)
	}
	return fmt.Sprintf("%s:%d: %s", e.Path, e.Line, e.Msg)
}

// Load reads a weather file, YAML or JSON. It fails with an *Error if its content is wrong.
func Load(path string) (Forecast, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Forecast{}, fmt.Errorf("weather: %w", err)
	}
	f, err := Parse(data)
	var e *Error
	if errors.As(err, &e) {
		e.Path = path
	}
	return f, err
}

// Parse reads a document {seed, rules: […]}, or a single rule. It fails with an *Error.
func Parse(data []byte) (Forecast, error) {
	var f Forecast
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return f, &Error{Line: 1, Msg: err.Error()}
	}
	if len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		return f, &Error{Line: max(1, doc.Line), Msg: "want an object with rules, or one rule"}
	}
	root := doc.Content[0]
	for i := 0; i < len(root.Content); i += 2 {
		if root.Content[i].Value == "fault" {
			r, err := parseRule(root, 1)
			f.Rules = []Rule{r}
			return f, err
		}
	}
	for i := 0; i < len(root.Content); i += 2 {
		key, value := root.Content[i], root.Content[i+1]
		switch key.Value {
		case "seed":
			n, err := strconv.ParseUint(value.Value, 10, 64)
			if err != nil {
				return f, &Error{Line: value.Line, Msg: "seed: want a whole number from 0 on"}
			}
			f.Seed, f.seed = n, true
		case "rules":
			if value.Kind != yaml.SequenceNode {
				return f, &Error{Line: value.Line, Msg: "rules: want a list"}
			}
			if err := f.addRules(value); err != nil {
				return f, err
			}
		default:
			return f, &Error{Line: key.Line, Msg: fmt.Sprintf("unknown field %q: there are seed and rules", key.Value)}
		}
	}
	return f, nil
}

func (f *Forecast) addRules(list *yaml.Node) error {
	names := map[string]bool{}
	for i, n := range list.Content {
		r, err := parseRule(n, i+1)
		if err != nil {
			return err
		}
		if names[r.Name] {
			return &Error{Line: n.Line, Msg: fmt.Sprintf("a second rule named %q", r.Name)}
		}
		names[r.Name] = true
		f.Rules = append(f.Rules, r)
	}
	return nil
}

// parseRule reads a rule. Without a name it is called by its fault and its place.
func parseRule(n *yaml.Node, place int) (Rule, error) {
	var r Rule
	if n.Kind != yaml.MappingNode {
		return r, &Error{Line: n.Line, Msg: "want a rule, an object with a fault"}
	}
	var has []string
	lines := map[string]int{}
	for i := 0; i < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if lines[key.Value] > 0 {
			return r, &Error{Line: key.Line, Msg: key.Value + " is there twice"}
		}
		lines[key.Value] = key.Line
		has = append(has, key.Value)
		if err := r.set(key.Value, value); err != nil {
			return r, &Error{Line: value.Line, Msg: err.Error()}
		}
	}
	if r.Name == "" {
		r.Name = fmt.Sprintf("%s %d", r.Fault, place)
	}
	if err := r.complete(has); err != nil {
		line := n.Line
		var e *fieldError
		if errors.As(err, &e) && lines[e.field] > 0 {
			line = lines[e.field]
		}
		return r, &Error{Line: line, Msg: err.Error()}
	}
	return r, nil
}

func (r *Rule) set(field string, n *yaml.Node) error {
	if n.Kind != yaml.ScalarNode {
		return wrong(field, "want a single value")
	}
	switch field {
	case "name":
		r.Name = n.Value
	case "fault":
		r.Fault = Fault(n.Value)
	case "on":
		r.On = Kind(n.Value)
	case "route":
		r.Route = n.Value
	case "connection":
		r.Connection = n.Value
	case "function":
		r.Function = n.Value
	case "table":
		r.Table = n.Value
	case "operation":
		r.Operation = n.Value
	case "nth":
		return number(field, n, &r.Nth)
	case "every":
		return number(field, n, &r.Every)
	case "times":
		return number(field, n, &r.Times)
	case "probability":
		p, err := strconv.ParseFloat(n.Value, 64)
		if err != nil {
			return wrong(field, "want a number from 0 to 1")
		}
		r.Probability = p
	case "from":
		return duration(field, n, &r.From)
	case "until":
		return duration(field, n, &r.Until)
	case "delay":
		return duration(field, n, &r.Delay)
	case "by":
		return duration(field, n, &r.By)
	case "after":
		if err := n.Decode(&r.After); err != nil {
			return wrong(field, "want true or false")
		}
	default:
		return wrong(field, "unknown field")
	}
	return nil
}

func number(field string, n *yaml.Node, to *int) error {
	i, err := strconv.Atoi(n.Value)
	if err != nil || i < 1 {
		return wrong(field, "want a whole number from 1 on")
	}
	*to = i
	return nil
}

func duration(field string, n *yaml.Node, to *Duration) error {
	d, err := time.ParseDuration(n.Value)
	if err != nil || d < 0 {
		return wrong(field, "want a duration such as 300ms or 2h")
	}
	*to = Duration(d)
	return nil
}
