package emulator_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/localdev/emulator"
	"github.com/parley-rtc/parley/localdev/internal/awssdk"
)

// needNodePackages skips where nobody has run make test, which installs them.
func needNodePackages(t *testing.T) {
	t.Helper()
	const packages = "testdata/node/node_modules"
	if _, err := os.Stat(packages); err != nil {
		t.Skip("the packages of functions under test are not there: make localdev/emulator/" + packages)
	}
}

// Whatever client of HTTP a function uses, and whoever made it, it reaches localdev without a line
// for it.
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

// pushTemplate lays out testdata/node/push.yaml with the code of its function, names and contents,
// and returns its path.
func pushTemplate(t *testing.T, code ...string) string {
	t.Helper()
	template, err := os.ReadFile("testdata/node/push.yaml")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for i := 0; i < len(code); i += 2 {
		write(t, filepath.Join(dir, "push", code[i]), code[i+1])
	}
	write(t, filepath.Join(dir, "template.yaml"), string(template))
	return filepath.Join(dir, "template.yaml")
}

// Lambda's runtime brings AWS's SDK along, so much code does not list it among its packages. Here
// it comes from the user's cache, where it was fetched before.
func TestNodeFunctionFindsTheSDKOfLambda(t *testing.T) {
	needNodePackages(t)
	cache := t.TempDir()
	t.Setenv("HOME", cache)
	t.Setenv("XDG_CACHE_HOME", cache)
	user, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	packages := []string{"@aws-sdk/client-apigatewaymanagementapi", "@aws-sdk/lib-dynamodb"}
	folder, _ := awssdk.Folder(filepath.Join(user, "localdev"), packages)
	there, err := filepath.Abs("testdata/node/node_modules")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.MkdirAll(folder, 0o755), os.Symlink(there, filepath.Join(folder, "node_modules"))); err != nil {
		t.Fatal(err)
	}
	template := pushTemplate(t, "index.mjs", `
import { createRequire } from 'node:module'
import { ApiGatewayManagementApiClient, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi'
const require = createRequire(import.meta.url) // as bundlers write it
const { GetCommand } = require('@aws-sdk/lib-dynamodb')
try { require('aws-sdk') } catch {}
export const handler = async ({ requestContext: { domainName, stage, connectionId: ConnectionId } }) => {
  const client = new ApiGatewayManagementApiClient({ endpoint: 'https://' + domainName + '/' + stage })
  const foreign = await import('ws').catch(error => error.code) // what Lambda has not is not found here either
  await client.send(new PostToConnectionCommand({ ConnectionId, Data: GetCommand.name + ' ' + foreign }))
  return { statusCode: 200 }
}`)
	w := start(t, func(o *emulator.Options) { o.Template = template })
	c := w.dial("")
	c.send("hello")
	if got := c.text(); got != "GetCommand ERR_MODULE_NOT_FOUND" {
		t.Errorf("got %s", got)
	}
	if log := w.log.String(); strings.Contains(log, "fetching") || !strings.Contains(log, "npm install aws-sdk in ") {
		t.Error("want no word of what is there, and one of what nodejs22.x has not")
	}
}

func TestHandlerThatIsNotThereIsToldAtTheStart(t *testing.T) {
	t.Parallel()
	template := pushTemplate(t, "other.js", "")
	w := start(t, func(o *emulator.Options) { o.Template = template })
	w.line("level=WARN", `msg="about the template"`, "resource=Push", "its Handler index.handler is not there")
}

func TestChangedCodeIsTakenByTheNextEvent(t *testing.T) {
	t.Parallel()
	code := func(answer string) string {
		return "exports.handler = async () => ({ statusCode: 200, body: '" + answer + "' })"
	}
	template := pushTemplate(t, "index.js", code("one"))
	w := start(t, func(o *emulator.Options) { o.Template, o.Watch = template, true })
	c := w.dial("")
	ask := func() string { c.send("hello"); return c.text() }
	if got := ask(); got != "one" {
		t.Fatalf("got %s", got)
	}
	write(t, filepath.Join(filepath.Dir(template), "push", "index.js"), code("another"))
	w.eventually("the new code", func() bool { return ask() == "another" })
	if !strings.Contains(w.log.String(), "function changed") {
		t.Error("the log does not say so")
	}
}

func TestNodeFunctionFindsItsLayers(t *testing.T) {
	template := pushTemplate(t, "index.js", "exports.handler = async () => ({ statusCode: 200, body: require('common') + require('/opt/nodejs/own') })",
		"../layers/first/nodejs/node_modules/common/index.js", "module.exports = 'first'",
		"../layers/first/nodejs/own.js", "module.exports = ' own'",
		"../layers/second/nodejs/node_modules/common/index.js", "module.exports = 'second'")
	text, err := os.ReadFile(template)
	if err != nil {
		t.Fatal(err)
	}
	write(t, template, strings.Replace(string(text), "      Timeout: 60\n", "      Timeout: 60\n      Layers: [!Ref First, !Ref Second]\n", 1)+`
  First: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: layers/first}}
  Second: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: layers/second}}
`)
	w := start(t, func(o *emulator.Options) { o.Template = template })
	c := w.dial("")
	c.send("hello")
	if got := c.text(); got != "second own" {
		t.Errorf("got %s", got)
	}
}
