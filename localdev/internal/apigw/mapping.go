package apigw

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/parley-rtc/parley/localdev/internal/rawjson"
	"github.com/parley-rtc/parley/localdev/internal/template"
	"github.com/parley-rtc/parley/localdev/internal/trace"
	"github.com/parley-rtc/parley/localdev/internal/vtl"
)

// mapping is an integration other than AWS_PROXY: what it makes of a request and of its response.
type mapping struct {
	template.Integration
	broken    error // why it cannot run; nil if it can
	mock      bool
	async     string // logical ID of the function, if it is called with the invocation type Event
	requests  templates
	responses []response
	latest    atomic.Pointer[chosen]
	// parameters of the request to URL
	parameters []parameter
}

// templates are mapping templates and the expression that selects one.
type templates struct {
	key      selector
	byStatus bool // the key is the integration's status
	parsed   map[string]*vtl.Template
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

// newMapping reads an integration. One that cannot be read is there, and broken.
func newMapping(i template.Integration) *mapping {
	m := &mapping{Integration: i, mock: i.Type == "MOCK"}
	if i.Unsupported != "" {
		m.broken = errors.New(i.Unsupported)
		return m
	}
	for name, value := range i.Parameters {
		if strings.EqualFold(name, "integration.request.header.X-Amz-Invocation-Type") {
			if strings.Trim(value, "'") == "Event" {
				m.async = i.Function
			}
		}
	}
	if m.broken = m.parse(); m.broken == nil && m.URL != "" {
		m.parameters, m.broken = newParameters(m.Parameters)
	}
	return m
}

// callsSomething reports whether there is a back end, or a reason why not.
func (m *mapping) callsSomething() bool {
	return m.mock || m.Function != "" || m.Service != "" || m.URL != "" || m.broken != nil
}

func (m *mapping) parse() (err error) {
	if m.requests, err = newTemplates(m.RequestTemplates, m.TemplateKey); err != nil {
		return fmt.Errorf("request template %w", err)
	}
	for _, r := range m.Responses {
		one := response{key: r.Key}
		if inner, ok := strings.CutPrefix(r.Key, "/"); ok && strings.HasSuffix(inner, "/") {
			if one.pattern, err = regexp.Compile("^(?:" + strings.TrimSuffix(inner, "/") + ")$"); err != nil {
				return fmt.Errorf("integration response %s: %w", r.Key, err)
			}
		}
		if one.templates, err = newTemplates(r.Templates, r.TemplateKey); err != nil {
			return fmt.Errorf("template of integration response %s, %w", r.Key, err)
		}
		m.responses = append(m.responses, one)
	}
	return nil
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
	t.byStatus = expression == "${integration.response.statuscode}"
	var err error
	if t.key, err = parseSelector(expression); err != nil {
		return t, err
	}
	return t, nil
}

// choose returns the template that a message selects, else $default, else the one for JSON, which
// messages are; else nil.
func (t templates) choose(body []byte, status int) *vtl.Template {
	key := t.key.static()
	switch {
	case t.byStatus:
		key = strconv.Itoa(status)
	case key == "" && len(t.key) > 0:
		key = t.key.key(body)
	}
	if chosen := t.parsed[key]; chosen != nil {
		return chosen
	}
	return cmp.Or(t.parsed["$default"], t.parsed["application/json"])
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
func (g *Gateway) integrate(ctx context.Context, rt *route, c *conn, e event, in inbound) (result, error) {
	m := rt.mapping
	if m.broken != nil {
		return result{}, m.broken
	}
	env := vtl.Env{
		Body: in.body, Context: vtl.NewContext(c.variables(e)), StageVariables: g.api.StageVariables, Params: in.params(),
	}
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
	case m.Service != "":
		out.status, out.body = g.opt.DynamoDB(ctx, m.Integration, request)
		if ctx.Err() != nil {
			return result{}, ctx.Err()
		}
		out.reply = true
		g.judge(ctx, rt, c, e, out)
	case m.URL != "":
		if out, err = g.fetch(ctx, m, e, in, env, request); err != nil {
			return result{}, err
		}
		g.judge(ctx, rt, c, e, out)
	default:
		answer, err := rt.function.Invoke(ctx, request)
		var failed interface{ Answer() []byte }
		switch {
		case errors.As(err, &failed): // Lambda's answer is 200 all the same
			t := explained(err)
			t.why += "; the client gets that as it does an answer"
			g.report(trace.From(ctx), slog.LevelWarn, integrationFailed, t, rt.about(c, e))
			answer = failed.Answer()
		case err != nil:
			return result{}, err
		}
		out.body, out.reply = answer, true
	}
	return m.respond(out, env)
}

// judge tells of an answer that is an error, unless an integration response is for just that, or a
// back end refuses a handshake, which it may.
func (g *Gateway) judge(ctx context.Context, rt *route, c *conn, e event, out result) {
	m := rt.mapping
	decided := e.kind == "CONNECT" && m.URL != "" && out.status < http.StatusInternalServerError
	if out.status < http.StatusBadRequest || m.expects(out.status) || decided {
		return
	}
	t := &trouble{why: fmt.Sprintf("%s answered with %d", m.URL, out.status)}
	if m.Service != "" {
		t.why = fmt.Sprintf("DynamoDB answered %s with %d: %s", m.Service, out.status, complaint(out.body))
	}
	g.report(trace.From(ctx), slog.LevelWarn, integrationFailed, t, rt.about(c, e))
}

// request makes the integration's input.
func (m *mapping) request(env vtl.Env) ([]byte, error) {
	input := env.Body
	if m.Type == "HTTP_PROXY" {
		return input, nil
	}
	if t := m.requests.choose(env.Body, 0); t != nil {
		text, err := t.Run(env)
		if err != nil {
			return nil, &untransformed{"request template: ", err}
		}
		input = []byte(text)
	} else if m.Passthrough == "NEVER" || m.Passthrough == "WHEN_NO_TEMPLATES" && len(m.requests.parsed) > 0 {
		return nil, errNoTemplate
	} else if len(input) == 0 {
		return []byte("{}"), nil
	}
	if m.Function != "" { // other back ends say themselves what they think of it
		var any json.RawMessage
		if err := json.Unmarshal(input, &any); err != nil {
			return nil, notJSON(err, len(input))
		}
	}
	return input, nil
}

// notJSON says where a template's output is no JSON. The output itself may be a client's.
func notJSON(err error, length int) error {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Errorf("%w: %w, at byte %d of %d", errNoJSONEvent, err, syntax.Offset, length)
	}
	return fmt.Errorf("%w: %w", errNoJSONEvent, err)
}

// untransformed is the error of a template.
type untransformed struct {
	which string
	err   error
}

func (u *untransformed) Error() string { return u.which + u.err.Error() }
func (u *untransformed) Unwrap() error { return u.err }

// Explain says what the log has of it.
func (u *untransformed) Explain() (why, aws, do string) {
	return u.Error(), "Execution failed due to configuration error: Unable to transform request", ""
}

func mockStatus(request []byte) (int, bool) {
	if !rawjson.Valid(request) {
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
	t := r.templates.choose(env.Body, out.status)
	if t == nil {
		return out, nil
	}
	env.Context.Set("status", strconv.Itoa(out.status))
	if !m.mock { // $input is the function's answer; MOCK's is the request
		env.Body = out.body
	}
	text, err := t.Run(env)
	if err != nil {
		return out, &untransformed{"template of integration response " + r.key + ": ", err}
	}
	out.body, out.reply = []byte(clean(text)), true
	return out, nil
}

// expects reports whether there is an integration response for that very status.
func (m *mapping) expects(status int) bool {
	r := m.response(status)
	return r != nil && r.key != "$default"
}

// complaint is what an error of an AWS service says.
func complaint(answer []byte) string {
	var e struct {
		Type    string `json:"__type"`
		Message string `json:"message"` // some spell it Message
	}
	switch {
	case len(answer) == 0:
		return "no body"
	case json.Unmarshal(answer, &e) != nil || e.Type == "":
		return "no error of its own"
	}
	return e.Type[strings.LastIndexByte(e.Type, '#')+1:] + ": " + e.Message
}

// chosen is the response for a status, nil if there is none.
type chosen struct {
	status   int
	response *response
}

func (m *mapping) response(status int) *response {
	if latest := m.latest.Load(); latest != nil && latest.status == status { // as with MOCK nearly always
		return latest.response
	}
	r := m.choose(status)
	m.latest.Store(&chosen{status, r})
	return r
}

func (m *mapping) choose(status int) *response {
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
	return func() []byte {
		if e.kind == "MESSAGE" {
			e.messageID = newRequestID()
		}
		return c.appendContext(make([]byte, 0, 768), e)[len(`"requestContext":`):]
	}
}
