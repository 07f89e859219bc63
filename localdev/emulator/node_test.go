package emulator_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/parley-rtc/parley/localdev/emulator"
)

// needNodePackages skips where nobody has run make test, which installs them.
func needNodePackages(t *testing.T) {
	t.Helper()
	const packages = "testdata/node/node_modules"
	if _, err := os.Stat(packages); err != nil {
		t.Skip("the packages of functions under test are not there: make localdev/emulator/" + packages)
	}
}

// Whatever client of HTTP a function uses, and whoever made it, it reaches localdev without a line for it.
func TestNodeFunctionPushesByAnyClient(t *testing.T) {
	t.Parallel()
	needNodePackages(t)
	w := start(t, func(o *emulator.Options) { o.Template = "testdata/node/template.yaml" })
	c := w.dial("")
	c.send("hello")
	got := map[string]bool{}
	for {
		text := c.text()
		if text[0] != '{' {
			got[text] = true
			continue
		}
		var failed map[string]string
		if err := json.Unmarshal([]byte(text), &failed); err != nil {
			t.Fatal(err)
		}
		for name, why := range failed {
			t.Errorf("%s: %s", name, why)
		}
		break
	}
	for _, want := range []string{
		"SDK v3", "SDK v3 by a variable of wss", "SDK v2", "fetch", "https", "http2", "axios", "got", "got with HTTP/2", "undici", "ws",
		"DynamoDB of SDK v3, past its variable", "DynamoDB of SDK v3", "DynamoDB of SDK v2",
	} {
		if !got[want] {
			t.Errorf("no push by %s", want)
		}
	}
}
