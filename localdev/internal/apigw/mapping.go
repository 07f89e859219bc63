package apigw

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/parley-rtc/parley/localdev/internal/template"
	"github.com/parley-rtc/parley/localdev/internal/vtl"
)

// mapping is what an integration other than AWS_PROXY makes of a request and of its response.
type mapping struct {
	mock        bool
	async       string // logical ID of the function, if it is called with the invocation type Event
	passthrough string
	requests    templates
	responses   []response
}

// templates are mapping templates and the expression that selects one.
type templates struct {
	key    selector
	parsed map[string]*vtl.Template
}

type response struct {
	key       string
	pattern   *regexp.Regexp // nil for an exact key
	templates templates
}

var (
	errNoTemplate  = errors.New("no request template matches, and the body may not pass through")
	errNoStatus    = errors.New(`the request template of a MOCK integration must yield {"statusCode": n}`)
	errNoJSONEvent = errors.New("the request template yields no JSON")
)

func newMapping(i template.Integration) (*mapping, error) {
	m := &mapping{mock: i.Type == "MOCK", passthrough: i.Passthrough}
	for name, value := range i.Parameters {
		if strings.EqualFold(name, "integration.request.header.X-Amz-Invocation-Type") {
			if strings.Trim(value, "'") == "Event" {
				m.async = i.Function
			}
		}
	}
	var err error
	if m.requests, err = newTemplates(i.RequestTemplates, i.TemplateKey); err != nil {
		return nil, fmt.Errorf("request template %w", err)
	}
	for _, r := range i.Responses {
		one := response{key: r.Key}
		if inner, ok := strings.CutPrefix(r.Key, "/"); ok && strings.HasSuffix(inner, "/") {
			if one.pattern, err = regexp.Compile("^(?:" + strings.TrimSuffix(inner, "/") + ")$"); err != nil {
				return nil, fmt.Errorf("integration response %s: %w", r.Key, err)
			}
		}
		if one.templates, err = newTemplates(r.Templates, r.TemplateKey); err != nil {
			return nil, fmt.Errorf("template of integration response %s, %w", r.Key, err)
		}
		m.responses = append(m.responses, one)
	}
	return m, nil
}

func newTemplates(texts map[string]string, expression string) (templates, error) {
	t := templates{parsed: map[string]*vtl.Template{}}
	for key, text := range texts {
		parsed, err := vtl.Parse(text)
		if err != nil {
			return t, fmt.Errorf("%s: %w", key, err)
		}
		t.parsed[strings.TrimPrefix(key, `\`)] = parsed
	}
	if expression == "" {
		return t, nil
	}
	var err error
	if t.key, err = parseSelector(expression); err != nil {
		return t, err
	}
	return t, nil
}

// choose returns the template that a message selects, else $default, else nil.
func (t templates) choose(body []byte) *vtl.Template {
	key := t.key.static()
	if key == "" && len(t.key) > 0 {
		key = t.key.key(body)
	}
	if chosen := t.parsed[key]; chosen != nil {
		return chosen
	}
	return t.parsed["$default"]
}

// static is the key that a selector without variables yields, whatever the message is.
func (s selector) static() string {
	key := ""
	for _, p := range s {
		if p.unknown || p.path != nil {
			return ""
		}
		key += p.literal
	}
	return key
}

// result is what an integration answered.
type result struct {
	status int
	body   []byte
	reply  bool // body is for the client; without it there is nothing to send
}

// integrate runs an integration with mapping templates.
func (g *Gateway) integrate(ctx context.Context, rt *route, c *conn, e event, body []byte, params vtl.Params) (result, error) {
	m := rt.mapping
	env := vtl.Env{Body: body, Context: vtl.NewContext(c.variables(e)), StageVariables: g.api.StageVariables, Params: params}
	request, err := m.request(env)
	if err != nil {
		return result{}, err
	}
	out := result{status: http.StatusOK}
	switch {
	case m.mock:
		var ok bool
		if out.status, ok = mockStatus(request); !ok {
			return result{}, errNoStatus
		}
	case m.async != "":
		g.opt.Later(ctx, m.async, request)
		out.status = http.StatusAccepted
	default:
		answer, err := rt.function.Invoke(ctx, request)
		var failed interface{ Answer() []byte }
		switch {
		case errors.As(err, &failed): // Lambda's answer is 200 all the same
			answer = failed.Answer()
		case err != nil:
			return result{}, err
		}
		out.body, out.reply = answer, true
	}
	return m.respond(out, env)
}

// request makes the integration's input.
func (m *mapping) request(env vtl.Env) ([]byte, error) {
	if t := m.requests.choose(env.Body); t != nil {
		text, err := t.Run(env)
		if err == nil && !m.mock && !json.Valid([]byte(text)) {
			err = errNoJSONEvent
		}
		return []byte(text), err
	}
	if m.passthrough == "NEVER" || m.passthrough == "NO_TEMPLATES" && len(m.requests.parsed) > 0 {
		return nil, errNoTemplate
	}
	if len(env.Body) == 0 {
		return []byte("{}"), nil
	}
	if !m.mock && !json.Valid(env.Body) {
		return nil, errNoJSONEvent
	}
	return env.Body, nil
}

func mockStatus(request []byte) (int, bool) {
	if !json.Valid(request) {
		return 0, false
	}
	return statusCode(request)
}

// respond makes the client's frame of what the integration answered. Without an integration response or a template, a
// function's answer goes out as it is, and MOCK has none.
func (m *mapping) respond(out result, env vtl.Env) (result, error) {
	r := m.response(out.status)
	if r == nil {
		return out, nil
	}
	t := r.templates.choose(env.Body)
	if t == nil {
		return out, nil
	}
	env.Context.Set("status", strconv.Itoa(out.status))
	if !m.mock { // $input is the function's answer; MOCK's is the request
		env.Body = out.body
	}
	text, err := t.Run(env)
	out.body, out.reply = []byte(clean(text)), true
	return out, err
}

func (m *mapping) response(status int) *response {
	text := strconv.Itoa(status)
	var fallback *response
	for i := range m.responses {
		switch r := &m.responses[i]; {
		case r.key == text, r.pattern != nil && r.pattern.MatchString(text):
			return r
		case r.key == "$default":
			fallback = r
		}
	}
	return fallback
}

// variables are $context of a mapping template: what an event has as its requestContext.
func (c *conn) variables(e event) func() []byte {
	return func() []byte { return c.appendContext(nil, e)[len(`"requestContext":`):] }
}
