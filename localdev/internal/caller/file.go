package caller

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Load reads a file of callers, YAML or JSON: a list of objects with accessKey, secretKey and
// members of an identity. What an object lacks is made up; account is the account where it names
// none. An error names file and line.
func Load(path, account string) ([]Caller, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("identities: %w", err)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(doc.Content) == 0 || doc.Content[0].Kind != yaml.SequenceNode {
		return nil, fmt.Errorf("%s:1: want a list of identities, each with an accessKey and a secretKey", path)
	}
	var all []Caller
	for _, n := range doc.Content[0].Content {
		c, line, err := read(n, account)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, line, err)
		}
		if slices.ContainsFunc(all, func(other Caller) bool { return other.AccessKey == c.AccessKey }) {
			return nil, fmt.Errorf("%s:%d: a second identity with the accessKey %q", path, n.Line, c.AccessKey)
		}
		all = append(all, c)
	}
	return all, nil
}

// read reads one; line is that of what is wrong.
func read(n *yaml.Node, account string) (c Caller, line int, err error) {
	if n.Kind != yaml.MappingNode {
		return c, n.Line, fmt.Errorf("want an identity, an object with an accessKey and a secretKey")
	}
	fields := c.fields()
	lines := map[string]int{}
	for i := 0; i < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		field, known := fields[key.Value]
		switch {
		case !known:
			return c, key.Line, fmt.Errorf("unknown field %q: there are %s", key.Value, strings.Join(names(), ", "))
		case lines[key.Value] > 0:
			return c, key.Line, fmt.Errorf("%s is there twice", key.Value)
		case value.Kind != yaml.ScalarNode:
			return c, value.Line, fmt.Errorf("%s: want a text", key.Value)
		}
		lines[key.Value] = key.Line
		*field = value.Value
	}
	if c.AccessKey == "" || c.SecretKey == "" {
		return c, n.Line, fmt.Errorf("want an accessKey and a secretKey")
	}
	if strings.ContainsAny(c.AccessKey, "/, ") { // it is a part of a credential scope
		return c, lines["accessKey"], fmt.Errorf("accessKey %q: want one without spaces, commas and slashes", c.AccessKey)
	}
	if err := c.complete(account); err != nil {
		return c, max(n.Line, lines["userArn"]), err
	}
	return c, 0, nil
}

// fields are those of a file.
func (c *Caller) fields() map[string]*string {
	return map[string]*string{
		"accessKey": &c.AccessKey, "secretKey": &c.SecretKey,
		"accountId": &c.AccountID, "caller": &c.Caller, "user": &c.User, "userArn": &c.UserARN,
		"cognitoIdentityId": &c.CognitoIdentityID, "cognitoIdentityPoolId": &c.CognitoIdentityPoolID,
		"cognitoAuthenticationType":     &c.CognitoAuthenticationType,
		"cognitoAuthenticationProvider": &c.CognitoAuthenticationProvider, "cognitoAmr": &c.CognitoAMR,
	}
}

func names() []string {
	var c Caller
	var list []string
	for name := range c.fields() {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}
