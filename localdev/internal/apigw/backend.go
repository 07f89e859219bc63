package apigw

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/trace"
	"github.com/parley-rtc/parley/localdev/internal/vtl"
)

// inbound is what a client sent: the body of a message, or the headers and the query of a
// handshake.
type inbound struct {
	body           []byte
	headers, query map[string][]string
}

// params are what mapping templates have of it.
func (in inbound) params() vtl.Params {
	return vtl.Params{Query: last(in.query), Header: last(in.headers)}
}

// last returns the last value of each name, as templates have them.
func last(values map[string][]string) map[string]string {
	if len(values) == 0 {
		return nil
	}
	one := make(map[string]string, len(values))
	for name, all := range values {
		one[name] = all[len(all)-1]
	}
	return one
}

const maxAnswer = 10 << 20 // bytes of a back end's answer

// newClient returns the client for HTTP back ends. API Gateway follows no redirects.
func newClient() *http.Client {
	return &http.Client{
		Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 64},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// fetch asks an HTTP back end: HTTP_PROXY with what the client sent, HTTP with what a template
// made.
func (g *Gateway) fetch(
	ctx context.Context, m *mapping, e event, in inbound, env vtl.Env, body []byte,
) (result, error) {
	req, err := g.outbound(ctx, m, e, in, env, body)
	if err != nil {
		return result{}, err
	}
	step := trace.Step{
		Kind: trace.HTTP, Direct: true, Began: time.Now(), Name: req.Method + " " + req.URL.Host + req.URL.Path,
		Bytes: len(body), Text: string(body[:min(len(body), trace.MaxBody)]),
	}
	out, err := g.do(req)
	step.Took, step.Status = time.Since(step.Began), out.status
	if err != nil {
		step.Failure = err.Error()
	}
	trace.From(ctx).Add(step)
	return out, err
}

func (g *Gateway) do(req *http.Request) (result, error) {
	resp, err := g.client.Do(req)
	if err != nil {
		return result{}, err // it names method and URL
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return result{}, fmt.Errorf("%s %s%s: read its answer: %w", req.Method, req.URL.Host, req.URL.Path, err)
	}
	if len(answer) > maxAnswer {
		return result{}, fmt.Errorf("%s %s%s: its answer is over 10 MB", req.Method, req.URL.Host, req.URL.Path)
	}
	return result{status: resp.StatusCode, body: answer, reply: true}, nil
}

// outbound makes the request for an HTTP back end.
func (g *Gateway) outbound(
	ctx context.Context, m *mapping, e event, in inbound, env vtl.Env, body []byte,
) (*http.Request, error) {
	target, headers, query := m.URL, http.Header{}, url.Values{}
	headers["User-Agent"] = []string{"AmazonAPIGateway_" + g.api.ID}
	headers["Content-Type"] = []string{"application/json"}
	headers["X-Amzn-Trace-Id"] = []string{traceID(e.now)}
	if m.Type == "HTTP" {
		headers["Accept"] = []string{"application/json"}
	} else {
		for name, values := range in.headers {
			switch {
			case strings.EqualFold(name, "Host"), strings.EqualFold(name, "Accept-Encoding"): // the answer is read here
			default:
				replace(headers, name, values)
			}
		}
		maps.Copy(query, in.query)
	}
	headers["X-Amzn-Apigateway-Api-Id"] = []string{g.api.ID}
	for _, p := range m.parameters {
		values, err := p.values(in, env)
		if err != nil {
			return nil, err
		}
		switch {
		case len(values) == 0:
		case p.place == "header":
			replace(headers, p.name, values)
		case p.place == "querystring":
			query[p.name] = values
		default:
			target = strings.ReplaceAll(target, "{"+p.name+"}", url.PathEscape(values[0]))
		}
	}
	if m.Method == http.MethodGet || m.Method == http.MethodHead {
		body = nil
	}
	req, err := http.NewRequestWithContext(ctx, m.Method, target, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header = headers
	if host := headers.Get("Host"); host != "" {
		req.Host = host
	}
	if len(query) > 0 {
		if req.URL.RawQuery != "" {
			req.URL.RawQuery += "&"
		}
		req.URL.RawQuery += query.Encode()
	}
	return req, nil
}

// replace sets a header, whatever spelling there was one of it.
func replace(h http.Header, name string, values []string) {
	for known := range h {
		if strings.EqualFold(known, name) {
			delete(h, known)
		}
	}
	h[name] = values
}

// parameter is one of an integration's RequestParameters.
type parameter struct {
	place, name string // header, querystring or path, and its name there
	static      string
	header      string // of the handshake
	query       string // of the handshake
	all         bool   // of its values, and not the last one
	template    *vtl.Template
}

// newParameters reads integration.request.PLACE.NAME: SOURCE, in the order of the names.
func newParameters(texts map[string]string) ([]parameter, error) {
	var list []parameter
	for _, to := range slices.Sorted(maps.Keys(texts)) {
		rest, ok := strings.CutPrefix(to, "integration.request.")
		p := parameter{}
		p.place, p.name, _ = strings.Cut(rest, ".")
		if !ok || p.name == "" || !slices.Contains([]string{"header", "querystring", "path"}, p.place) {
			return nil, fmt.Errorf("request parameter %s: want integration.request.header, querystring or path, and a name", to)
		}
		if err := p.read(texts[to]); err != nil {
			return nil, fmt.Errorf("request parameter %s: %w", to, err)
		}
		list = append(list, p)
	}
	return list, nil
}

// read reads the source of a parameter.
func (p *parameter) read(source string) (err error) {
	if len(source) >= 2 && source[0] == '\'' && source[len(source)-1] == '\'' {
		p.static = source[1 : len(source)-1]
		return nil
	}
	from, name, _ := strings.Cut(strings.TrimPrefix(source, "route.request."), ".")
	switch from {
	case "header", "multivalueheader":
		p.header, p.all = name, from != "header"
	case "querystring", "multivaluequerystring":
		p.query, p.all = name, from != "querystring"
	case "body":
		text := "$input.body"
		if name != "" {
			text = "$input.path('$." + strings.ReplaceAll(name, "'", "''") + "')"
		}
		p.template, err = vtl.Parse(text)
	case "context", "stageVariables":
		p.template, err = vtl.Parse("${" + source + "}")
	default:
		err = fmt.Errorf("%q is none of route.request.header, querystring or body, context, stageVariables and 'text'",
			source)
	}
	return err
}

// values are what a parameter is in one event, none if it is not there.
func (p parameter) values(in inbound, env vtl.Env) (values []string, err error) {
	switch {
	case p.template != nil:
		text, err := p.template.Run(env)
		if err != nil || text == "" {
			return nil, err
		}
		return []string{text}, nil
	case p.header != "":
		for name, all := range in.headers {
			if strings.EqualFold(name, p.header) {
				values = all
			}
		}
	case p.query != "":
		values = in.query[p.query]
	default:
		return []string{p.static}, nil
	}
	if len(values) > 0 && !p.all {
		values = values[len(values)-1:]
	}
	return values, nil
}
