package app

import (
	"fmt"
	"slices"
	"strings"
)

const (
	defaultPeerJSKey = "peerjs" // what the clients send that are told of no key
	maxPeerJSKey     = 256
	maxFunctionName  = 170 // of an ARN, as Lambda's API takes it
)

// Serves says whether a dialect is among those of DIALECTS.
func (c Config) Serves(dialect string) bool { return slices.Contains(c.Dialects, dialect) }

func (c *Config) parseDialects(env func(string) string) error {
	named, all := map[string]bool{}, allDialects()
	for name := range strings.SplitSeq(env("DIALECTS"), ",") {
		switch name = strings.TrimSpace(name); {
		case name == "":
			continue
		case !slices.Contains(all, name):
			return fmt.Errorf("DIALECTS: %q: want names of %s, separated by commas; nothing is all of them", name, strings.Join(all, ", "))
		case named[name]:
			return fmt.Errorf("DIALECTS: %s is named twice: want each of %s at most once", name, strings.Join(all, ", "))
		}
		named[name] = true
	}
	c.Dialects = slices.DeleteFunc(all, func(name string) bool {
		return len(named) > 0 && !named[name] && name != DialectParley
	})
	c.PeerJSKey = defaultPeerJSKey
	if v := env("PEERJS_KEY"); v != "" {
		if len(v) > maxPeerJSKey || !consistsOf(v, "-._~") {
			return fmt.Errorf("PEERJS_KEY=%q: want 1 to %d letters, digits, and - . _ ~, as clients send it in a URL", v, maxPeerJSKey)
		}
		c.PeerJSKey = v
	}
	var err error
	if c.Recipes, err = parseRecipes(env("SOCKETIO_RECIPE")); err != nil {
		return err
	}
	if c.SIP, err = parseSIP(env); err != nil {
		return err
	}
	c.MessageFunction = env("MESSAGE_FUNCTION")
	if len(c.MessageFunction) > maxFunctionName || !consistsOf(c.MessageFunction, "-_:$") {
		return fmt.Errorf("MESSAGE_FUNCTION=%q: want the name or ARN of a Lambda function", c.MessageFunction)
	}
	return nil
}

// consistsOf tells whether s is of ASCII letters, digits and the others that are listed.
func consistsOf(s, others string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return false
		}
		return !strings.ContainsRune(others, r)
	})
}
