package project

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
	"go.yaml.in/yaml/v3"
)

// Config is what SAM's own file of settings says of a project.
type Config struct {
	Path       string            // "" is that there is none
	Template   string            // as it is written there; "" is none
	Parameters map[string]string // of the template
	Region     string            // "" is none
}

// configNames are those that SAM takes, in its order.
var configNames = []string{"samconfig.toml", "samconfig.yaml", "samconfig.yml"}

// commands are the sections that are read of it, what overrides others last: what is deployed is
// what runs here.
var commands = []string{"global", "build", "sync", "deploy"}

// ReadConfig reads the samconfig.toml of a folder, its default environment.
func ReadConfig(dir string) (Config, error) {
	var c Config
	for _, name := range configNames {
		file := filepath.Join(dir, name)
		content, err := os.ReadFile(file)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		var sections map[string]map[string]any
		if err == nil {
			sections, err = decode(file, content)
		}
		if err != nil {
			return c, fmt.Errorf("%s: %w", file, err)
		}
		c = Config{Path: file, Parameters: map[string]string{}}
		for _, command := range commands {
			set := sections[command]
			if command != "deploy" || c.Template == "" { // what is deployed is often what sam package wrote
				c.Template = cmp.Or(text(set["template_file"]), text(set["template"]), c.Template)
			}
			c.Region = cmp.Or(text(set["region"]), c.Region)
			maps.Copy(c.Parameters, overrides(set["parameter_overrides"]))
		}
		return c, nil
	}
	return c, nil
}

// decode returns the parameters of each command in the default environment, by the command's name.
func decode(file string, content []byte) (map[string]map[string]any, error) {
	var all map[string]any
	var err error
	if filepath.Ext(file) == ".toml" {
		err = toml.Unmarshal(content, &all)
	} else {
		err = yaml.Unmarshal(content, &all)
	}
	environment, _ := all["default"].(map[string]any)
	out := map[string]map[string]any{}
	for command, section := range environment {
		table, _ := section.(map[string]any)
		out[command], _ = table["parameters"].(map[string]any)
	}
	return out, err
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

// overrides reads the values of parameters in each of the ways in which SAM lets them be written:
// one string or a list of them, Name=Value or ParameterKey=Name,ParameterValue=Value, or a table.
func overrides(v any) map[string]string {
	out := map[string]string{}
	switch v := v.(type) {
	case string:
		for _, word := range words(v) {
			maps.Copy(out, override(word))
		}
	case []any:
		for _, item := range v {
			if table, ok := item.(map[string]any); ok {
				maps.Copy(out, overrides(table))
				continue
			}
			maps.Copy(out, overrides(fmt.Sprint(item)))
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			out[name] = fmt.Sprint(v[name])
			if list, ok := v[name].([]any); ok {
				items := make([]string, len(list))
				for i, item := range list {
					items[i] = fmt.Sprint(item)
				}
				out[name] = strings.Join(items, ",")
			}
		}
	}
	return out
}

func override(word string) map[string]string {
	if rest, long := strings.CutPrefix(word, "ParameterKey="); long {
		name, value, ok := strings.Cut(rest, ",ParameterValue=")
		if !ok {
			return nil
		}
		return map[string]string{name: value}
	}
	name, value, ok := strings.Cut(word, "=")
	if !ok {
		return nil
	}
	return map[string]string{name: value}
}

// words splits at spaces that are in no quotes.
func words(s string) []string {
	var out []string
	var word strings.Builder
	var quote rune
	escaped := false
	for _, c := range s + " " {
		switch {
		case escaped:
			word.WriteRune(c)
			escaped = false
		case c == '\\':
			escaped = true
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case quote == 0 && strings.ContainsRune(" \t\n", c):
			if word.Len() > 0 {
				out = append(out, word.String())
			}
			word.Reset()
		default:
			word.WriteRune(c)
		}
	}
	return out
}
