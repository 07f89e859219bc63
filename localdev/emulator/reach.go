package emulator

import (
	"path/filepath"
	"slices"
	"strings"
)

// led are programs whose connections are led to localdev whatever client makes them, or which start
// such programs.
var led = []string{
	"node", "npx", "npm", "pnpm", "yarn", "tsx",
	"python", "uv", "poetry", "pipenv", "ruby", "bundle", "java",
}

// tellReach names the functions of which only clients that honour a proxy find localdev by the
// addresses of AWS. Go's do, and so Go packages are not among them.
func (e *Emulator) tellReach(programs map[string]program) {
	isLed := func(word string) bool {
		name := filepath.Base(word)
		return slices.ContainsFunc(led, func(l string) bool { return strings.HasPrefix(name, l) })
	}
	var functions []string
	for _, f := range e.stack.Functions {
		p, here := programs[f.LogicalID]
		built := f.Package != "" && e.opt.Exec[f.LogicalID] == ""
		if here && !built && !isLed(p.binary) && !slices.ContainsFunc(p.args, isLed) {
			functions = append(functions, f.LogicalID)
		}
	}
	if len(functions) > 0 {
		e.log.Info("calls of AWS's addresses reach localdev only by clients that honour HTTPS_PROXY",
			"functions", strings.Join(functions, ","),
			"do", "give others an endpoint, with "+e.endpoint())
	}
}

// endpoint is the flag that leads clients of @connections here which nothing else does.
func (e *Emulator) endpoint() string {
	return "-env AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI=http://" + e.Addr + e.mounts()[0]
}

// missed is what to do about a function's error that tells of a host of AWS which was not asked for
// here.
func (e *Emulator) missed(failure string) (do string) {
	ours, text := e.egress.Missed(failure)
	if ours {
		return "the client does not come to localdev: give an http.Transport of Go's Proxy: http.ProxyFromEnvironment, " +
			"or any other client an endpoint, with " + e.endpoint()
	}
	return text
}
